import { deadlineIn } from '@salio/airtime';
import type { AskedLine } from '@salio/domain';
import {
  dropDispatch,
  handBack,
  leaseChunk,
  NOTHING_KNOWN,
  openSlice,
  pauseStoppedBatch,
  readChunk,
  SliceInDoubt,
  type KnownLines,
  type Lease,
  type OpenAttempt,
  type Slice,
} from '@salio/ledger';
import type { ChunkJob, Permits } from '@salio/queue';
import type { SendDeps } from '../deps.ts';
import { sendSlice } from './send-slice.ts';
import { settleDoubt } from './settle-doubt.ts';

/**
 * - `not_leased`: somebody has it, or it is not to be sent now.
 * - `finished`: nothing of it can be claimed any more.
 * - `stopped`: batch, account or system was stopped, or the worker stops.
 * - `unpermitted`: limiter, breaker or an absent Redis let nothing start for a part of the lease.
 * - `unreached`: the provider can't be reached; its lines wait.
 * - `fenced`: the lease was lost.
 */
export type ChunkEnd =
  | 'not_leased'
  | 'finished'
  | 'stopped'
  | 'unpermitted'
  | 'unreached'
  | 'fenced';

/** A leased chunk, what is known of its lines, and when its lease was last renewed (monotonic ms, read before the renewal). */
interface HeldChunk {
  readonly lease: Lease;
  known: KnownLines;
  renewedAtMs: number;
}

/** Part of a lease that may be waited away for permits: what is left is enough for a slow commit. */
const WAIT_SHARE = 0.5;

/**
 * Leases a chunk and sends it slice by slice: claim and record (commit), transmit (outside any transaction), record the
 * answers (commit). `stop` prevents further slices, and sends that have not started; what has started is recorded.
 */
export async function sendChunk(
  deps: SendDeps,
  job: ChunkJob,
  stop: AbortSignal,
): Promise<ChunkEnd> {
  const renewedAtMs = deps.clock.monotonic();
  const lease = await leaseChunk(deps.ledger, job, deps.terms);
  if (!lease) {
    await dropDispatch(deps.ledger, job);
    return 'not_leased';
  }
  const log = deps.log.child({ batchNo: lease.batchNo, chunk: lease.chunk, epoch: lease.epoch });
  log.debug('chunk.leased');
  const held: HeldChunk = { lease, renewedAtMs, known: await readChunk(deps.ledger, lease) };
  let end: ChunkEnd | undefined;
  while (!end) end = stop.aborted ? 'stopped' : await sendNext({ ...deps, log }, held, stop);
  if (end !== 'fenced' && !(await handBack(deps.ledger, lease))) end = 'fenced';
  log[end === 'fenced' ? 'warn' : 'debug']({ end }, 'chunk.ended');
  deps.metrics.chunkEnded(end);
  return end;
}

/** One slice. Undefined: go on with the next. No line is in flight while permits are waited for. */
async function sendNext(
  deps: SendDeps,
  held: HeldChunk,
  stop: AbortSignal,
): Promise<ChunkEnd | undefined> {
  const waitedMs = deps.clock.monotonic() - held.renewedAtMs;
  const patienceMs = deps.terms.leaseMs * WAIT_SHARE - waitedMs;
  const permits = await deps.pacer.take(deps.callsPerSlice, patienceMs, stop);
  if (permits.kind === 'none') return permits.why === 'stopped' ? 'stopped' : 'unpermitted';
  // Read before the transaction: however long the commit takes, the first byte leaves inside the lease.
  const sendBy = deadlineIn(deps.sendWindowMs, deps.clock);
  held.renewedAtMs = deps.clock.monotonic();
  const slice = await open(deps, held, permits, new Date(sendBy.wallMs));
  switch (slice.kind) {
    case 'opened': {
      held.known = slice.left;
      const next = slice.last ? 'finished' : undefined;
      if (slice.attempts.length === 0) return next;
      const { trial } = permits;
      const end = await sendSlice(deps, slice.attempts, { sendBy, trial }, stop);
      if (end.stopped !== undefined) return pauseBatch(deps, held.lease);
      return end.reached ? next : 'unreached';
    }
    case 'empty':
      return 'finished';
    case 'stopped':
      deps.log.info({ reason: slice.reason }, 'claims.stopped');
      if (slice.by !== 'account') return 'stopped';
      await deps.pacer.forget();
      return pauseBatch(deps, held.lease);
    case 'fenced':
      return 'fenced';
  }
}

/** What is left of the batch can't be sent while its account is stopped; people see that, and why, at the batch. */
async function pauseBatch(deps: SendDeps, { batchNo }: Lease): Promise<'stopped'> {
  const { account } = deps.provider;
  const paused = await pauseStoppedBatch(deps.ledger, { batchNo, account });
  if (paused) deps.log.warn({ account }, 'batch.paused');
  return 'stopped';
}

async function open(
  deps: SendDeps,
  held: HeldChunk,
  permits: Permits,
  sendBy: Date,
): Promise<Slice> {
  let used: readonly OpenAttempt[] = [];
  try {
    const order = {
      lease: held.lease,
      terms: deps.terms,
      replay: deps.replay,
      limits: { recipientsPerRequest: deps.recipientsPerRequest, attempts: permits.requests },
      ledgerId: deps.ledgerId,
      account: deps.provider.account,
      worker: deps.worker,
      sendBy,
      holdMs: deps.holdMs,
      encode: (lines: readonly AskedLine[]) => deps.provider.encode(lines),
    };
    const slice = await openSlice(deps.ledger, order, held.known);
    if (slice.kind === 'opened') used = slice.attempts;
    return slice;
  } catch (error) {
    if (!(error instanceof SliceInDoubt)) throw error;
    await settleDoubt(deps, held.lease, error);
    return { kind: 'opened', attempts: [], last: false, left: NOTHING_KNOWN };
  } finally {
    deps.pacer.giveBack(permits, used);
  }
}
