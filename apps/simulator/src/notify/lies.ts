import type { Book } from '../book/book.ts';
import { showPhone } from '../phone.ts';
import { foreignId } from './message.ts';

/** One accepted line whose notification met a fault, as the control API shows it. */
export interface NotifyLie {
  /** Counts them from 1, in the order of the book. */
  readonly order: number;
  readonly fault: string;
  readonly requestId: string;
  readonly requestNumber: number;
  readonly key: string | null;
  /** When it was accepted. */
  readonly at: string;
  readonly phone: string;
  /** What became of the line in truth. */
  readonly credited: boolean;
  readonly acknowledged: boolean;
  /** The id that was never given and is told of all the same; null but with the fault `foreign`. */
  readonly foreignRequestId: string | null;
}

/** Those after that order, at most `limit`. */
export function notifyLies(
  book: Book,
  after: number,
  limit: number,
): { readonly entries: readonly NotifyLie[]; readonly next: number | null } {
  const entries = book.notices
    .faulted(after, limit)
    .map((place, index) => lieAt(book, place, after + index + 1))
    .toArray();
  const last = after + entries.length;
  return { entries, next: last < book.notices.faultedCount ? last : null };
}

function lieAt({ credits, requests, notices }: Book, place: number, order: number): NotifyLie {
  const request = requests.at(credits.requestAt(place));
  const requestId = credits.requestIdAt(place);
  const { phone, credited } = credits.at(place);
  const fault = notices.faultAt(place) ?? '';
  return {
    order,
    fault,
    requestId,
    requestNumber: request.number,
    key: request.key ?? null,
    at: new Date(request.atMs).toISOString(),
    phone: showPhone(phone),
    credited,
    acknowledged: notices.isAcknowledged(place),
    foreignRequestId: fault === 'foreign' ? foreignId(requestId) : null,
  };
}
