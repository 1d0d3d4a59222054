import { showPhone } from '../phone.ts';
import type { Book } from './book.ts';
import { REPEATS_KEPT } from './tally.ts';

/** One accepted line, as the control API shows it. */
export interface Entry {
  /** Counts the accepted lines from 1, in the order of their acceptance. */
  readonly order: number;
  readonly requestId: string;
  readonly at: string;
  readonly phone: string;
  readonly currency: string;
  /** What was credited, in ten-thousandths of the currency's unit, as whole-number text. */
  readonly tenThousandths: string;
  /** False where the telco refused later: nothing reached the phone. */
  readonly credited: boolean;
  readonly requestNumber: number;
  readonly username: string;
  readonly key: string | null;
}

/** Entries after that order, at most `limit`. */
export function entriesAfter(book: Book, after: number, limit: number): Entry[] {
  const end = Math.min(book.credits.count, after + limit);
  const entries: Entry[] = [];
  for (let place = after; place < end; place += 1) entries.push(entryAt(book, place));
  return entries;
}

/** Entries of a phone, oldest first, at most `limit` of the newest. */
export function entriesOfPhone(book: Book, phone: number, limit: number): Entry[] {
  return book.credits
    .ofPhone(phone)
    .take(limit)
    .map((place) => entryAt(book, place))
    .toArray()
    .toReversed();
}

/** What the book adds up to. */
export interface BookSummary {
  readonly credits: number;
  readonly failedByTelco: number;
  /** What reached phones by currency, in ten-thousandths, as whole-number text. */
  readonly sums: Readonly<Record<string, string>>;
  readonly creditedMoreThanOnce: {
    /** Different (phone, currency, amount). */
    readonly recipients: number;
    readonly extraCredits: number;
    /** The first hundred second credits. */
    readonly examples: readonly Entry[];
  };
  /** How many requests met each fault, by its name. */
  readonly lies: Readonly<Record<string, number>>;
}

export function summaryOf(book: Book): BookSummary {
  const { tally } = book;
  return {
    credits: tally.credited,
    failedByTelco: tally.failedByTelco,
    sums: Object.fromEntries([...tally.creditedSums].map(([code, sum]) => [code, String(sum)])),
    creditedMoreThanOnce: {
      recipients: tally.repeatedRecipients,
      extraCredits: tally.extraCredits,
      examples: tally.repeats.slice(0, REPEATS_KEPT).map((place) => entryAt(book, place)),
    },
    lies: book.lies.counts,
  };
}

function entryAt(book: Book, place: number): Entry {
  const credit = book.credits.at(place);
  const request = book.requests.at(book.credits.requestAt(place));
  return {
    order: place + 1,
    requestId: book.credits.requestIdAt(place),
    at: new Date(request.atMs).toISOString(),
    phone: showPhone(credit.phone),
    currency: credit.currency,
    tenThousandths: String(credit.tenThousandths),
    credited: credit.credited,
    requestNumber: request.number,
    username: request.username,
    key: request.key ?? null,
  };
}
