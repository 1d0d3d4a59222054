import type { DecisionTerms, Verdict } from '@salio/domain';
import {
  confirmDecision,
  handBack,
  proposeDecision,
  type ConfirmedDecision,
  type ProposalOrder,
  type ProposedDecision,
} from '../../src/index.ts';
import { inputRows, OPERATOR, type Batch, type BatchOverrides } from './batches.ts';
import { tell, type Told } from './unattributed.ts';
import { answered, openBatch, recordAll, type OpenBatch } from './sends.ts';
import type { World } from './world.ts';

/** Any age will do. */
export const AT_ONCE: DecisionTerms = { unpaidAfterMs: 0 };
/** With a key of the ops API: an order without it never counts as a second person's. */
export const BY_KEY = { via: 'api', key: 'test', from: '127.0.0.1' } as const;
/** The second person. */
export const OTHER = 'baraka';

/** A completed batch, by default of one line, whose answers were lost: every line is unresolved. */
export async function lostBatch(world: World, overrides: BatchOverrides = {}): Promise<OpenBatch> {
  const batch = await openBatch(world, { rows: inputRows(1), ...overrides });
  await recordAll(
    world,
    batch.attempts.map((attempt) => answered(attempt, { kind: 'lost', reason: 'timeout' })),
  );
  await handBack(world.ledger, batch.taken);
  return batch;
}

/** The batch's worker is gone: its lines are unresolved, as a rescue leaves them, and their sends have no answer. */
export async function rescue(world: World, batch: OpenBatch): Promise<void> {
  const { batchNo, taken } = batch;
  await world.owner.query(
    "UPDATE lines SET state = 'unresolved', reason = 'unanswered: its worker was lost' WHERE batch_no = $1",
    [batchNo],
  );
  await handBack(world.ledger, taken);
}

export function propose(
  world: World,
  { batchId }: Batch,
  overrides: Partial<ProposalOrder> = {},
): Promise<ProposedDecision> {
  return proposeDecision(world.ledger, {
    operator: OPERATOR,
    verdict: 'unpaid',
    reason: 'the provider has no record of it',
    selection: { batchId },
    terms: AT_ONCE,
    ...overrides,
  });
}

export function confirm(
  world: World,
  decisionId: string,
  { operator = OTHER, terms = AT_ONCE } = {},
): Promise<ConfirmedDecision> {
  return confirmDecision(world.ledger, {
    operator,
    access: BY_KEY,
    decisionId,
    reason: 'I agree',
    terms,
  });
}

/** Proposed by one person and confirmed by another. */
export async function decide(
  world: World,
  batch: Batch,
  verdict: Verdict,
): Promise<ConfirmedDecision> {
  const { decisionId } = await propose(world, batch, { verdict });
  return confirm(world, decisionId);
}

/** A Success of a request id that no line has, for the phone and amount of the batch's first line. */
export async function tellSuccess(
  world: World,
  { attempt }: OpenBatch,
  requestId: string,
  overrides: Partial<Told> = {},
): Promise<void> {
  const [line] = attempt.lines;
  if (!line) throw new Error('the attempt has no line');
  const { msisdn, amount } = line;
  await tell(world, { requestId, msisdn, amount: String(amount.units), ...overrides });
}

export interface StoredResolution {
  readonly from_state: string;
  readonly to_state: string;
  readonly evidence: string;
  readonly evidence_id: string | null;
  readonly request_id: string | null;
  readonly attempt_no: number;
}

/** What moved the batch's lines, by line. */
export function resolutionsOf(world: World, { batchNo }: Batch): Promise<StoredResolution[]> {
  return world.select<StoredResolution>(
    `SELECT from_state, to_state, evidence, evidence_id, request_id, attempt_no FROM resolutions
     WHERE batch_no = $1 ORDER BY seq, id`,
    [batchNo],
  );
}
