import { randomBytes } from 'node:crypto';
import {
  currency,
  readAnswer,
  type ProviderAnswer,
  type ReplayTerms,
  type ResponseContent,
  type ResponseEntry,
} from '@salio/domain';
import { expect } from 'vitest';
import {
  leaseChunk,
  openSlice,
  recordAnswers,
  type Lease,
  type LeaseTerms,
  type OpenAttempt,
  type Recorded,
  type RecordedAnswer,
  type SliceOrder,
} from '../../src/index.ts';
import { releasedBatch, type Batch, type BatchOverrides } from './batches.ts';
import type { World } from './world.ts';

/** Long enough that no test outlives it. */
export const LONG: LeaseTerms = { leaseMs: 60_000, rescueAfterMs: 60_000 };
/** Over before anybody looks twice. */
export const SHORT: LeaseTerms = { leaseMs: 50, rescueAfterMs: 50 };
const WAIT_MS = 60_000;
export const NO_REPLAY: ReplayTerms = { windowMs: 0, holdMs: 0 };
export const ACCOUNT = 'main';

/** Leases a chunk that must be free. */
export async function lease(
  world: World,
  { batchNo }: Pick<Batch, 'batchNo'>,
  { chunk = 0, terms = LONG } = {},
): Promise<Lease> {
  const taken = await leaseChunk(world.ledger, { batchNo, chunk }, terms);
  if (!taken) throw new Error(`chunk ${chunk} of batch ${batchNo} is not free`);
  return taken;
}

export function sliceOrder(
  world: World,
  taken: Lease,
  overrides: Partial<SliceOrder> = {},
): SliceOrder {
  return {
    lease: taken,
    terms: LONG,
    replay: NO_REPLAY,
    limits: { recipientsPerRequest: 1, attempts: 100 },
    ledgerId: world.ledgerId,
    account: ACCOUNT,
    worker: 'worker-1',
    sendBy: new Date(Date.now() + 30_000),
    holdMs: WAIT_MS,
    encode: (lines) => lines.map((line) => `${line.msisdn} ${line.amount.units}`).join('\n'),
    ...overrides,
  };
}

/** Opens a slice that must be granted; returns its attempts. */
export async function open(
  world: World,
  taken: Lease,
  overrides: Partial<SliceOrder> = {},
): Promise<readonly OpenAttempt[]> {
  const slice = await openSlice(world.ledger, sliceOrder(world, taken, overrides));
  if (slice.kind !== 'opened') throw new Error(`no slice: ${JSON.stringify(slice)}`);
  return slice.attempts;
}

export interface OpenBatch extends Batch {
  readonly taken: Lease;
  readonly attempts: readonly OpenAttempt[];
  /** The first attempt. */
  readonly attempt: OpenAttempt;
}

/** A released batch, by default of one line, whose first chunk has its attempts open. */
export async function openBatch(
  world: World,
  batch: BatchOverrides,
  slice: Partial<SliceOrder> = {},
): Promise<OpenBatch> {
  const released = await releasedBatch(world, batch);
  const taken = await lease(world, released);
  const attempts = await open(world, taken, slice);
  const [attempt] = attempts;
  if (!attempt) throw new Error('every line was held');
  return { ...released, taken, attempts, attempt };
}

export const newRequestId = () => `ATQid_${randomBytes(16).toString('hex')}`;

/** A line that the provider accepted, at 4 % discount. */
export function entry(
  attempt: OpenAttempt,
  overrides: Partial<ResponseEntry> = {},
  index = 0,
): ResponseEntry {
  const line = attempt.lines[index];
  if (!line) throw new Error(`the attempt has no line ${index}`);
  return {
    phoneNumber: line.msisdn,
    status: 'Sent',
    requestId: newRequestId(),
    errorMessage: 'None',
    amount: line.amount,
    discount: { currency: currency('KES'), units: 40_000n },
    ...overrides,
  };
}

/** A line that the provider refused for a reason of its own. */
export function refusal(attempt: OpenAttempt, index = 0): ResponseEntry {
  return entry(attempt, { status: 'Failed', requestId: 'None', errorMessage: 'No luck' }, index);
}

export function response(
  entries: readonly ResponseEntry[],
  overrides: Partial<ResponseContent> & { readonly status?: number; readonly body?: string } = {},
): ProviderAnswer {
  const { status = 201, body = 'body', ...content } = overrides;
  const numSent = entries.filter((told) => told.requestId !== 'None').length;
  return {
    kind: 'response',
    status,
    body,
    content: {
      errorMessage: 'None',
      numSent,
      totalAmount: 'KES 100.0000',
      totalDiscount: 'KES 4.0000',
      entries,
      ...content,
    },
  };
}

/** The answer to an attempt, read as the apps read it. */
export function answered(attempt: OpenAttempt, answer: ProviderAnswer): RecordedAnswer {
  return { attempt, answer, reading: readAnswer(attempt.lines, answer), tookMs: 12 };
}

/** Every line of the attempt accepted. */
export function accepted(attempt: OpenAttempt): RecordedAnswer {
  return answered(attempt, response(attempt.lines.map((_, index) => entry(attempt, {}, index))));
}

export function recordAll(
  world: World,
  answers: readonly RecordedAnswer[],
  replay = NO_REPLAY,
): Promise<Recorded> {
  return recordAnswers(world.ledger, answers, { waitMs: WAIT_MS, replay });
}

export function seqs(attempts: readonly OpenAttempt[]): number[] {
  return attempts.flatMap((attempt) => attempt.lines.map((line) => line.seq));
}

/** The stored line; money as text. */
export interface StoredLine {
  readonly state: string;
  readonly reason: string | null;
  readonly discount: string | null;
  readonly attempt_no: number;
  readonly waits: boolean;
}

export async function readLine(world: World, batchNo: number, seq = 1): Promise<StoredLine> {
  const [line] = await world.select<StoredLine>(
    `SELECT state, reason, discount, attempt_no, coalesce(not_before > clock_timestamp(), false) AS waits
     FROM lines WHERE batch_no = $1 AND seq = $2`,
    [batchNo, seq],
  );
  if (!line) throw new Error(`batch ${batchNo} has no line ${seq}`);
  return line;
}

export function countSlots(world: World, batchNo: number): Promise<number> {
  return world.count('SELECT count(*) FROM slots WHERE batch_no = $1', [batchNo]);
}

export async function expectKinds(world: World, batchNo: number, kinds: string[]): Promise<void> {
  const text = 'SELECT kind FROM discrepancies WHERE batch_no = $1 ORDER BY id';
  const rows = await world.select<{ kind: string }>(text, [batchNo]);
  expect(rows.map((row) => row.kind)).toEqual(kinds);
}
