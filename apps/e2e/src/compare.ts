import { Client } from 'pg';
import { readBook, type BookEntry } from './book.ts';
import type { MadeRow } from './recipients-file.ts';

/**
 * Input file, ledger and book, row by row, by code that shares nothing with the ledger: it reads SQL views and the book
 * over HTTP, and parses money by itself.
 */
export interface Comparison {
  readonly lines: number;
  readonly rejected: number;
  readonly accepted: number;
  /** Taken by the provider; those of which delivery is known are `succeeded`, too. */
  readonly sent: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly unresolved: number;
  /** Of lines that are sent or succeeded, ten-thousandths. */
  readonly amount: bigint;
  readonly discount: bigint;
  readonly book: {
    readonly credited: number;
    readonly creditedTwice: number;
    readonly amount: bigint;
  };
  /** What does not agree. Empty: all three agree. At most PROBLEMS_KEPT of them are spelt out. */
  readonly problems: readonly string[];
  readonly problemCount: number;
}

const PROBLEMS_KEPT = 20;

interface LedgerLine {
  readonly seq: number;
  readonly msisdn: string;
  readonly state: string;
  readonly currency: string;
  readonly amount: string;
  readonly discount: string | null;
  readonly request_id: string | null;
}

export async function compare(
  rows: Iterable<MadeRow>,
  clientReference: string,
  at: { readonly ownerUrl: string; readonly simulatorUrl: string },
): Promise<Comparison> {
  const { lines, rejected } = await readLedger(at.ownerUrl, clientReference);
  const book = Map.groupBy(
    await Array.fromAsync(readBook(at.simulatorUrl)),
    (entry) => entry.phone,
  );
  const problems = collectProblems();
  let read = 0;
  for (const row of rows) {
    read += 1;
    const line = lines.get(row.row);
    if (rejected.has(row.row)) {
      if (line) problems.add(`row ${row.row} is a line and a rejection`);
      if (row.fate !== 'rejected') problems.add(`row ${row.row} was rejected`);
    } else if (!line) problems.add(`row ${row.row} is neither line nor rejection: lost`);
    else judge(row, line, book.get(row.phone) ?? [], problems.add);
    if (row.fate !== 'rejected') book.delete(row.phone);
  }
  for (const [phone, credits] of book)
    problems.add(`${credits.length} credits of ${phone}, which nobody asked for`);
  if (lines.size + rejected.size !== read) {
    problems.add(
      `${read} rows were read, ${lines.size} lines and ${rejected.size} rejections are there`,
    );
  }
  return { ...(await sums(lines, rejected.size, at.simulatorUrl)), ...problems.all() };
}

function judge(
  row: MadeRow,
  line: LedgerLine,
  credits: readonly BookEntry[],
  add: (problem: string) => void,
): void {
  const name = `row ${row.row} (${line.state})`;
  const paid = credits.filter((credit) => credit.credited);
  const asked = toUnits(row.amount);
  if (row.fate === 'rejected') add(`${name} should have been rejected`);
  if (line.msisdn !== row.phone) add(`${name} has another phone`);
  if (line.currency !== row.currency || toUnits(line.amount) !== asked)
    add(`${name} has another amount`);
  if (paid.length > 1) add(`${name} was credited ${paid.length} times`);
  if (paid.some((credit) => BigInt(credit.amount) !== asked || credit.currency !== row.currency)) {
    add(`${name} was credited with another amount`);
  }
  switch (line.state) {
    case 'sent':
    case 'succeeded':
      if (paid.length === 0) add(`${name} was not credited`);
      else if (paid[0]?.requestId !== line.request_id)
        add(`${name} has another request id than the book`);
      break;
    case 'failed':
    case 'cancelled':
      if (paid.length > 0) add(`${name} was credited`);
      // The provider took it, and could not deliver it.
      if (line.state === 'failed' && row.fate === 'paid' && credits.length === 0)
        add(`${name} should have been paid`);
      break;
    case 'unresolved':
      break;
    default:
      add(`${name} has not come to rest`);
  }
}

async function readLedger(
  url: string,
  clientReference: string,
): Promise<{ lines: Map<number, LedgerLine>; rejected: Set<number> }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const lines = await client.query<LedgerLine>(
      `SELECT seq, msisdn, state, currency, amount::text, discount::text, request_id FROM v_lines
       WHERE client_reference = $1`,
      [clientReference],
    );
    const rejections = await client.query<{ row: number }>(
      `SELECT r.row FROM rejections r JOIN batches b ON b.batch_no = r.submission_no WHERE b.client_reference = $1`,
      [clientReference],
    );
    return {
      lines: new Map(lines.rows.map((line) => [line.seq, line])),
      rejected: new Set(rejections.rows.map((rejection) => rejection.row)),
    };
  } finally {
    await client.end();
  }
}

async function sums(
  lines: ReadonlyMap<number, LedgerLine>,
  rejected: number,
  simulatorUrl: string,
): Promise<Omit<Comparison, 'problems' | 'problemCount'>> {
  const all = [...lines.values()];
  const count = (...states: string[]) => all.filter((line) => states.includes(line.state)).length;
  const taken = all.filter((line) => line.state === 'sent' || line.state === 'succeeded');
  const credits = (await Array.fromAsync(readBook(simulatorUrl))).filter((entry) => entry.credited);
  const recipients = new Set(credits.map((entry) => `${entry.phone} ${entry.amount}`));
  return {
    lines: all.length + rejected,
    rejected,
    accepted: all.length,
    sent: taken.length,
    succeeded: count('succeeded'),
    failed: count('failed'),
    unresolved: count('unresolved'),
    amount: taken.reduce((sum, line) => sum + toUnits(line.amount), 0n),
    discount: taken.reduce((sum, line) => sum + toUnits(line.discount ?? '0'), 0n),
    book: {
      credited: credits.length,
      creditedTwice: credits.length - recipients.size,
      amount: credits.reduce((sum, entry) => sum + BigInt(entry.amount), 0n),
    },
  };
}

/** "10.50" to 105000n. */
function toUnits(text: string): bigint {
  const [whole = '', decimals = ''] = text.split('.');
  return BigInt(whole + decimals.padEnd(4, '0').slice(0, 4));
}

/** 105000n to "KES 10.5000". */
export function showUnits(units: bigint): string {
  const text = String(units).padStart(5, '0');
  return `KES ${text.slice(0, -4)}.${text.slice(-4)}`;
}

function collectProblems() {
  const problems: string[] = [];
  let problemCount = 0;
  return {
    add: (problem: string) => {
      problemCount += 1;
      if (problems.length < PROBLEMS_KEPT) problems.push(problem);
    },
    all: () => ({ problems, problemCount }),
  };
}
