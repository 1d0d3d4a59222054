import { deadlineIn } from '@salio/airtime';
import {
  dropDispatch,
  handBack,
  leaseChunk,
  openSlice,
  SliceInDoubt,
  type Lease,
  type Slice,
} from '@salio/ledger';
import type { ChunkJob } from '@salio/queue';
import type { SendDeps } from '../deps.ts';
import { sendSlice } from './send-slice.ts';
import { settleDoubt } from './settle-doubt.ts';

/**
 * - `not_leased`: somebody has it, or it is not to be sent now.
 * - `finished`: nothing of it can be claimed any more.
 * - `stopped`: batch, account or system was stopped, or the worker stops.
 * - `unreached`: the provider can't be reached; its lines wait.
 * - `fenced`: the lease was lost.
 */
export type ChunkEnd = 'not_leased' | 'finished' | 'stopped' | 'unreached' | 'fenced';

/**
 * Leases a chunk and sends it slice by slice: claim and record (commit), transmit (outside any transaction), record the
 * answers (commit). `stop` prevents further slices, and sends that have not started; what has started is recorded.
 */
export async function sendChunk(
  deps: SendDeps,
  job: ChunkJob,
  stop: AbortSignal,
): Promise<ChunkEnd> {
  const lease = await leaseChunk(deps.ledger, job, deps.terms);
  if (!lease) {
    await dropDispatch(deps.ledger, job);
    return 'not_leased';
  }
  const log = deps.log.child({ batchNo: lease.batchNo, chunk: lease.chunk, epoch: lease.epoch });
  log.debug('chunk.leased');
  let end: ChunkEnd | undefined;
  while (!end) end = stop.aborted ? 'stopped' : await sendNext({ ...deps, log }, lease, stop);
  if (end !== 'fenced' && !(await handBack(deps.ledger, lease))) end = 'fenced';
  log[end === 'fenced' ? 'warn' : 'debug']({ end }, 'chunk.ended');
  return end;
}

/** One slice. Undefined: go on with the next. */
async function sendNext(
  deps: SendDeps,
  lease: Lease,
  stop: AbortSignal,
): Promise<ChunkEnd | undefined> {
  // Read before the transaction: however long the commit takes, the first byte leaves inside the lease.
  const sendBy = deadlineIn(deps.sendWindowMs, deps.clock);
  const slice = await open(deps, lease, new Date(sendBy.wallMs));
  switch (slice.kind) {
    case 'opened': {
      if (slice.attempts.length === 0) return undefined;
      const end = await sendSlice(deps, slice.attempts, sendBy, stop);
      if (end.stopped !== undefined) return 'stopped';
      return end.reached ? undefined : 'unreached';
    }
    case 'empty':
      return 'finished';
    case 'stopped':
      deps.log.info({ reason: slice.reason }, 'claims.stopped');
      return 'stopped';
    case 'fenced':
      return 'fenced';
  }
}

async function open(deps: SendDeps, lease: Lease, sendBy: Date): Promise<Slice> {
  try {
    return await openSlice(deps.ledger, {
      lease,
      terms: deps.terms,
      limits: { recipientsPerRequest: deps.recipientsPerRequest, attempts: deps.callsPerSlice },
      ledgerId: deps.ledgerId,
      account: deps.provider.account,
      worker: deps.worker,
      sendBy,
      holdMs: deps.holdMs,
      encode: (lines) => deps.provider.encode(lines),
    });
  } catch (error) {
    if (!(error instanceof SliceInDoubt)) throw error;
    await settleDoubt(deps, lease, error);
    return { kind: 'opened', attempts: [] };
  }
}
