import type { BookEntry } from '../book.ts';
import type { MadeRow } from '../recipients-file.ts';
import type { FaultLog } from './fault-log.ts';
import { whatSuppressed, type SendFact } from './suppressed.ts';

/** A row of the input, by its name. */
export interface AskedRow extends MadeRow {
  /** `batch/row`. */
  readonly name: string;
}

/** A line as the ledger's view shows it. */
export interface LineFact {
  readonly name: string;
  readonly phone: string;
  readonly currency: string;
  readonly amount: string;
  readonly state: string;
  readonly requestId: string | undefined;
}

/** All that is compared. Nothing here went through the code that is judged, but the views and the book themselves. */
export interface Evidence {
  readonly rows: Iterable<AskedRow>;
  readonly lines: ReadonlyMap<string, LineFact>;
  /** Names of rows that were rejected. */
  readonly rejections: ReadonlySet<string>;
  readonly sends: readonly SendFact[];
  readonly book: Iterable<BookEntry>;
  /** Keys of requests whose answer was kept back, or was not the truth. */
  readonly lies: ReadonlySet<string>;
  readonly log: FaultLog;
  /** Whether the provider asks before it pays. */
  readonly asksFirst: boolean;
}

/**
 * - `paidTwice`: credits of a line beyond the first. `lost`: in the file, but neither line nor rejection.
 * - `falseFailed`: failed or cancelled in the ledger, credited in the book. `falsePaid`: sent or succeeded, not credited.
 * - `unaccounted`: neither final nor sent nor on the worklist. `wrongAmount`: credits that nobody asked for, and lines that
 *   say something else than the file.
 * - `unresolvedBound`: lines in a send whose answer a fault or lie suppressed. `unexplained`: unresolved lines in no such send.
 */
export interface Counters {
  readonly paidTwice: number;
  readonly lost: number;
  readonly falseFailed: number;
  readonly falsePaid: number;
  readonly unaccounted: number;
  readonly wrongAmount: number;
  readonly unresolved: number;
  readonly unresolvedBound: number;
  readonly unexplained: number;
}

export interface Judgement extends Counters {
  /** The first of what is wrong, in words. */
  readonly problems: readonly string[];
  readonly problemCount: number;
}

const PROBLEMS_KEPT = 20;

interface Judged {
  readonly row: AskedRow;
  readonly line: LineFact;
  credits: number;
}

/** Compares input, ledger and book, line by line. */
export function judge(evidence: Evidence): Judgement {
  const counts = {
    paidTwice: 0,
    lost: 0,
    falseFailed: 0,
    falsePaid: 0,
    unaccounted: 0,
    wrongAmount: 0,
    unexplained: 0,
  };
  const problems: string[] = [];
  let problemCount = 0;
  const note = (problem: string, counter?: keyof typeof counts) => {
    problemCount += 1;
    if (counter) counts[counter] += 1;
    if (problems.length < PROBLEMS_KEPT) problems.push(`${counter ?? 'differs'}: ${problem}`);
  };
  const judged = pairRows(evidence, note);
  giveCredits(evidence, judged, note);
  const suppressed = suppressedLines(evidence);
  const sends = Map.groupBy(evidence.sends, ({ line }) => line);
  const sendsOf = (name: string) =>
    (sends.get(name) ?? []).map((send) => told(send, evidence.log)).join('');
  let unresolved = 0;
  for (const { row, line, credits } of judged) {
    const said = `${row.name} ${masked(row.phone)} ${row.currency} ${row.amount}, ${line.state}, credited ${credits} times`;
    for (let more = 1; more < credits; more += 1) note(said, 'paidTwice');
    switch (line.state) {
      case 'sent':
      case 'succeeded':
        if (credits === 0) note(said, 'falsePaid');
        break;
      case 'failed':
      case 'cancelled':
        if (credits > 0) note(said, 'falseFailed');
        break;
      case 'unresolved':
        unresolved += 1;
        if (!suppressed.has(row.name)) note(`${said}${sendsOf(row.name)}`, 'unexplained');
        break;
      default:
        note(said, 'unaccounted');
    }
  }
  return { ...counts, unresolved, unresolvedBound: suppressed.size, problems, problemCount };
}

type Note = (problem: string, counter?: 'lost' | 'wrongAmount') => void;

/** Finds the line of each row, and what is wrong with rows alone. */
function pairRows({ rows, lines, rejections }: Evidence, note: Note): Judged[] {
  const judged: Judged[] = [];
  let read = 0;
  for (const row of rows) {
    read += 1;
    const line = lines.get(row.name);
    const rejected = rejections.has(row.name);
    if (line && rejected) note(`${row.name} is a line and a rejection`);
    if (!line && !rejected) note(`${row.name} is neither line nor rejection`, 'lost');
    if (rejected && row.fate !== 'rejected') note(`${row.name} was rejected`);
    if (!line) continue;
    if (row.fate === 'rejected') note(`${row.name} should have been rejected`);
    if (wishOf(line) !== wishOf(row))
      note(`${row.name} stands otherwise in the file`, 'wrongAmount');
    judged.push({ row, line, credits: 0 });
  }
  if (lines.size + rejections.size > read) note('the ledger has more rows than the files');
  return judged;
}

/**
 * Gives each credit of the book to a line that asked for it. Where several did, the request decides: by the provider request
 * id that the ledger has, else by the key. A credit of neither goes to whoever has none, the unresolved first.
 */
function giveCredits({ book, sends }: Evidence, judged: readonly Judged[], note: Note): void {
  const byWish = Map.groupBy(judged, ({ row }) => wishOf(row));
  const byKey = Map.groupBy(sends, (send) => send.key);
  const loose: [BookEntry, Judged[]][] = [];
  for (const credit of book) {
    if (!credit.credited) continue;
    const wished = byWish.get(`${credit.phone} ${credit.currency} ${credit.amount}`);
    if (!wished) {
      note(`${masked(credit.phone)} was credited what nobody asked for`, 'wrongAmount');
      continue;
    }
    const senders = new Set(byKey.get(credit.key ?? '')?.map((send) => send.line));
    const owner =
      wished.find(({ line }) => line.requestId === credit.requestId) ??
      wished.find(({ row }) => senders.has(row.name));
    if (owner) owner.credits += 1;
    else loose.push([credit, wished]);
  }
  for (const [, wished] of loose) {
    const without = wished.filter(({ credits }) => credits === 0);
    const owner =
      without.find(({ line }) => line.state === 'unresolved') ?? without[0] ?? wished[0];
    if (owner) owner.credits += 1;
  }
}

function suppressedLines({ sends, log, lies, asksFirst }: Evidence): ReadonlySet<string> {
  return new Set(
    sends
      .filter((send) => whatSuppressed(send, log, lies, asksFirst) !== undefined)
      .map((send) => send.line),
  );
}

/** What the ledger recorded of a send, with its moments: for whoever looks for a fault at that time. */
function told({ key, worker, openedMs, answeredMs, answer }: SendFact, log: FaultLog): string {
  const opened = new Date(openedMs).toISOString();
  const took = answeredMs === undefined ? '' : ` after ${answeredMs - openedMs} ms`;
  const diedMs = log.deaths.get(worker);
  const died = diedMs === undefined ? '' : `, died after ${diedMs - openedMs} ms`;
  const stops = (log.stops.get(worker) ?? []).map(
    ({ fromMs, toMs }) => `, stood from ${fromMs - openedMs} to ${toMs - openedMs} ms`,
  );
  return `; ${key} by ${worker} at ${opened}: ${answer ?? 'no answer'}${took}${died}${stops.join('')}`;
}

interface Wish {
  readonly phone: string;
  readonly currency: string;
  /** Whole units with up to four decimals, as text. */
  readonly amount: string;
}

/** Equal for equal phone, currency and amount; the amount in ten-thousandths, as the book has it. */
function wishOf({ phone, currency, amount }: Wish): string {
  const [whole = '', decimals = ''] = amount.split('.');
  return `${phone} ${currency} ${BigInt(whole + decimals.padEnd(4, '0'))}`;
}

function masked(phone: string): string {
  return `${phone.slice(0, 5)}…${phone.slice(-2)}`;
}
