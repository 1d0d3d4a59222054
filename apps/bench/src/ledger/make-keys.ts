import type { LineQuery, LinesQuery } from '@salio/ledger';
import type { Client } from 'pg';
import { PLAN_LINES } from './fill-statements.ts';
import { lineTerms } from './fill.ts';
import { randomFrom, type BatchTerms, type PlannedBatch } from './plan-batches.ts';

/** Everything that one line can be looked up by. */
export interface Key {
  readonly batchId: LinesQuery['batchId'];
  readonly batchName: string;
  readonly source: string;
  readonly seq: number;
  readonly msisdn: NonNullable<LineQuery['phone']>;
  readonly reference: string;
  readonly requestId: string;
}

export interface KeyOrder {
  readonly seed: number;
  readonly count: number;
}

/**
 * Keys of lines that the seed chooses among these batches, each line as likely as any other. They are computed as the fill
 * computed them, not read: what is looked up afterwards is as cold as it would be.
 */
export async function makeKeys(
  client: Client,
  batches: readonly PlannedBatch[],
  terms: BatchTerms,
  { seed, count }: KeyOrder,
): Promise<Key[]> {
  const slices = chooseLines(batches, { seed, count });
  await client.query('BEGIN');
  await client.query(PLAN_LINES, lineTerms(slices, terms));
  const { rows } = await client.query<Key>(READ_KEYS, [String(terms.seed)]);
  await client.query('COMMIT');
  return rows;
}

function chooseLines(batches: readonly PlannedBatch[], { seed, count }: KeyOrder) {
  const random = randomFrom(seed);
  const total = batches.reduce((sum, { lines }) => sum + lines, 0);
  return Array.from({ length: count }, () => {
    let at = Math.floor(random() * total);
    const batch = batches.find(({ lines }) => (at -= lines) < 0);
    if (!batch) throw new Error('there is no batch to choose a line of');
    const seq = at + batch.lines + 1;
    return { batch, first: seq, last: seq };
  });
}

/** In the order in which they were chosen: a temporary table is read as it was written. */
const READ_KEYS = `SELECT md5($1 || ' batch ' || batch_no)::uuid AS "batchId", 'payroll-' || batch_no AS "batchName",
    'source-' || batch_no % 5 AS source, seq, msisdn, 'pay-' || batch_no || '-' || seq AS reference, request_id AS "requestId"
  FROM piece`;
