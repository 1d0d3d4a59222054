import { createHash } from 'node:crypto';
import {
  applyNotifications,
  handBack,
  takeDueEnquiries,
  type AppliedNews,
  type DueTerms,
  type TakenEnquiries,
} from '../../src/index.ts';
import { inputRows, type Batch, type BatchOverrides } from './batches.ts';
import {
  ACCOUNT,
  answered,
  entry,
  openBatch,
  recordAll,
  response,
  type OpenBatch,
} from './sends.ts';
import type { World } from './world.ts';

export interface ToldNews {
  readonly requestId: string;
  readonly status?: string;
  readonly description?: string;
  readonly msisdn?: string;
  readonly amount?: string;
}

/** A notification as the listener records it, in one commit. Returns its number. */
async function notify(world: World, news: ToldNews): Promise<string> {
  const { requestId, status = 'Success', description = null, msisdn = null } = news;
  const amount = news.amount ?? null;
  const [row] = await world.select<{ id: string }>(
    `WITH told AS (
      INSERT INTO notifications (account, request_id, status, description, amount, amount_currency, body_sha256)
      VALUES ($1::text, $2::text, $3::text, $4::text, $5::bigint, $8::text, $6::bytea) RETURNING id
    ), kept AS (
      INSERT INTO notification_bodies (notification_id, msisdn, content_type, body)
      SELECT id, $7::text, 'application/json', '{}' FROM told
    ), queued AS (
      INSERT INTO inbox (notification_id, account, request_id, status, msisdn, currency, amount)
      SELECT id, $1, $2, $3, $7, $8::text, $5::bigint FROM told
    ) SELECT id FROM told`,
    [
      ACCOUNT,
      requestId,
      status,
      description,
      amount,
      createHash('sha256').digest(),
      msisdn,
      amount === null ? null : 'KES',
    ],
  );
  return row?.id ?? '';
}

/** At most this many at once; looked at again at once. */
export function apply(world: World, limit = 1_000, againMs = 0): Promise<AppliedNews> {
  const terms = { limit, unknownMs: againMs, unknownMaxMs: againMs, inFlightMs: againMs };
  return applyNotifications(world.ledger, terms);
}

export async function tell(world: World, ...news: readonly ToldNews[]): Promise<AppliedNews> {
  for (const each of news) await notify(world, each);
  return apply(world);
}

export type SentBatch = OpenBatch & {
  /** Of its lines, in order. */
  readonly requestIds: readonly string[];
  /** Of its first line. */
  readonly requestId: string;
};

/** A batch, by default of one line, that the provider accepted; its chunk was given back. */
export async function sentBatch(world: World, overrides: BatchOverrides = {}): Promise<SentBatch> {
  const batch = await openBatch(world, { rows: inputRows(1), ...overrides });
  const told = batch.attempts.map((attempt) => ({ attempt, told: entry(attempt) }));
  await recordAll(
    world,
    told.map((each) => answered(each.attempt, response([each.told]))),
  );
  await handBack(world.ledger, batch.taken);
  const requestIds = told.map((each) => each.told.requestId);
  return { ...batch, requestIds, requestId: requestIds[0] ?? '' };
}

/** From, to, by what. */
export async function resolutionsOf(world: World, { batchNo }: Batch): Promise<string[]> {
  const text = `SELECT from_state || ' ' || to_state || ' ' || evidence AS move FROM resolutions
    WHERE batch_no = $1 ORDER BY id`;
  return (await world.select<{ move: string }>(text, [batchNo])).map(({ move }) => move);
}

export async function adopt(world: World, batch: Batch, requestId: string): Promise<void> {
  await world.owner.query(
    `INSERT INTO adoptions (request_id, batch_no, seq, attempt_no)
     SELECT $1, batch_no, seq, attempt_no FROM lines WHERE batch_no = $2 AND seq = 1`,
    [requestId, batch.batchNo],
  );
}

/** Enquiries and looks that are due by these terms. */
export function takeDue(
  world: World,
  terms: Partial<DueTerms> = {},
  limit = 100,
): Promise<TakenEnquiries> {
  const given = {
    account: ACCOUNT,
    enquireAfterMs: 900_000,
    newsPatienceMs: 32_400_000,
    askingMs: 0,
    ...terms,
  };
  return takeDueEnquiries(world.ledger, given, limit);
}

/** Milliseconds until a batch's first chunk is looked at; null for never. */
export async function lookInMs(world: World, { batchNo }: Batch): Promise<number | null> {
  const [row] = await world.select<{ ms: number | null }>(
    `SELECT extract(epoch FROM look_at - clock_timestamp())::float8 * 1000 AS ms FROM chunks
     WHERE batch_no = $1 AND chunk = 0`,
    [batchNo],
  );
  return row?.ms ?? null;
}
