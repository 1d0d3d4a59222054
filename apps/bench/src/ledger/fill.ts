import { foldTallies, openLedger } from '@salio/ledger';
import { Client } from 'pg';
import { FILL_BATCHES, FILL_PIECE, FINISH, PLAN_LINES } from './fill-statements.ts';
import { planBatches, RECENT_LINES, type BatchTerms, type PlannedBatch } from './plan-batches.ts';

/** Lines that are stored in one commit: their temporary table fits into memory. */
const PIECE_LINES = 50_000;
/** Connections that store at once: as many as this machine has cores. */
const WRITERS = 2;
/** Lines that each phone has, on average: the same people are paid every month. */
const LINES_PER_PERSON = 12;
/** Unresolved lines that wait for people, however large the ledger is. */
const WAITING_LINES = 250;
const NEVER = 2_147_483_647;

/**
 * Fills a migrated, empty database with lines as intake, sending and news leave them, as its owner. The rows are made in the
 * database itself, by INSERT ... SELECT from hashes of a seed: row for row what COPY would bring, without sending 10 GB through
 * a socket. All indexes and triggers that production has are at work.
 */
export async function fillLedger(ownerUrl: string, terms: BatchTerms): Promise<PlannedBatch[]> {
  const batches = planBatches(terms);
  await withClient(ownerUrl, async (client) => {
    const values = [
      batches.map(({ batchNo }) => batchNo),
      batches.map(({ lines }) => lines),
      batches.map(({ kind }) => kind === 'paid'),
      String(terms.seed),
    ];
    for (const [at, text] of FILL_BATCHES.entries())
      await client.query(text, at === 0 ? [] : values);
  });
  const pieces = cut(batches, terms.recipientsPerRequest);
  await Promise.all(
    Array.from({ length: WRITERS }, () =>
      withClient(ownerUrl, async (client) => {
        for (let piece = pieces.shift(); piece; piece = pieces.shift())
          await fillPiece(client, piece, terms);
      }),
    ),
  );
  await withClient(ownerUrl, async (client) => {
    for (const text of FINISH) await client.query(text);
  });
  await using ledger = openLedger({ url: ownerUrl, name: 'fill', connections: 1 });
  while ((await foldTallies(ledger)) > 0);
  await withClient(ownerUrl, (client) => client.query('ANALYZE'));
  return batches;
}

/** Lines of a batch, one after the other. */
export interface Slice {
  readonly batch: PlannedBatch;
  readonly first: number;
  readonly last: number;
}

/** Small batches together, large ones in parts, attempts whole. */
function cut(batches: readonly PlannedBatch[], recipientsPerRequest: number): Slice[][] {
  const pieces: Slice[][] = [[]];
  const part = PIECE_LINES - (PIECE_LINES % recipientsPerRequest);
  let room = part;
  for (const batch of batches) {
    for (let first = 1; first <= batch.lines; first += part) {
      const last = Math.min(batch.lines, first + part - 1);
      const count = last - first + 1;
      if (count > room) {
        pieces.push([]);
        room = part;
      }
      pieces.at(-1)?.push({ batch, first, last });
      room -= count;
    }
  }
  return pieces;
}

async function fillPiece(
  client: Client,
  piece: readonly Slice[],
  terms: BatchTerms,
): Promise<void> {
  // What is lost with a crash is made again: only the commits don't wait. Everything else is as in production.
  await client.query('BEGIN; SET LOCAL synchronous_commit TO off');
  await client.query(PLAN_LINES, lineTerms(piece, terms));
  for (const text of FILL_PIECE) await client.query(text);
  await client.query('COMMIT');
}

/** The values of PLAN_LINES. */
export function lineTerms(piece: readonly Slice[], terms: BatchTerms): unknown[] {
  return [
    piece.map(({ batch }) => batch.batchNo),
    piece.map(({ first }) => first),
    piece.map(({ last }) => last),
    piece.map(({ batch }) => batch.firstAttempt),
    terms.recipientsPerRequest,
    terms.seed,
    Math.ceil(terms.lines / LINES_PER_PERSON),
    piece.map(({ batch }) => (batch.recent ? (10_000 * WAITING_LINES) / RECENT_LINES : 0)),
    piece.map(({ batch }) => (batch.kind === 'sending' ? Math.ceil(batch.lines / 2) : NEVER)),
  ];
}

async function withClient(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'salio-bench-fill' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
