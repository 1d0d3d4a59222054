import { LEASE_MS } from './durations.ts';
import type { FaultLog, Span } from './fault-log.ts';

/** One send of the ledger's record, for one of its lines. Moments are ms since 1970, by the database's clock, which is ours. */
export interface SendFact {
  /** `batch/row`. */
  readonly line: string;
  readonly key: string;
  readonly worker: string;
  readonly openedMs: number;
  readonly answeredMs: number | undefined;
  /** `lost`: bytes may have left, no whole response came. Undefined: nothing was ever recorded. */
  readonly answer: 'response' | 'not_sent' | 'lost' | undefined;
}

/**
 * From the opening of a send until its answer is recorded, where nothing stands in the way: by its deadline and its timeout a
 * call ends inside the lease; and seconds for the commit on a busy machine.
 */
const IN_FLIGHT_MAX_MS = LEASE_MS + 2_000;
/** Between a fault and what we noted of it. */
const NOTICE_MS = 300;

/**
 * Whether a fault or a lie kept the true answer of a send from the ledger; says which. What became of the line is not looked
 * at, or the bound would follow from what it bounds. A worker that stood still and lives on has suppressed nothing: the
 * answer waited for it. A provider that asks first (`asksFirst`) is as slow as whoever listens and the database.
 */
export function whatSuppressed(
  send: SendFact,
  log: FaultLog,
  lies: ReadonlySet<string>,
  asksFirst = false,
): 'lie' | 'worker died' | 'simulator away' | 'listener away' | undefined {
  if (lies.has(send.key)) return 'lie';
  if (send.answer === undefined) {
    const diedMs = log.deaths.get(send.worker);
    const open = diedMs !== undefined && diedMs >= send.openedMs && diedMs <= endOf(send, log);
    return open ? 'worker died' : undefined;
  }
  if (send.answer !== 'lost') return undefined;
  const flight = { fromMs: send.openedMs - NOTICE_MS, toMs: (send.answeredMs ?? 0) + NOTICE_MS };
  if (log.simulatorAway.some((away) => overlap(away, flight))) return 'simulator away';
  const unasked = [...log.listenerAway, ...log.postgresAway].some((away) => overlap(away, flight));
  return asksFirst && unasked ? 'listener away' : undefined;
}

/** Until when the answer must have been recorded: the time in which its worker or the database stood still does not count. */
function endOf(send: SendFact, log: FaultLog): number {
  const standstills = [...(log.stops.get(send.worker) ?? []), ...log.postgresAway];
  return standstills
    .filter(({ toMs }) => toMs > send.openedMs)
    .toSorted((a, b) => a.fromMs - b.fromMs)
    .reduce(
      (endMs, { fromMs, toMs }) => (fromMs > endMs ? endMs : endMs + toMs - fromMs),
      send.openedMs + IN_FLIGHT_MAX_MS,
    );
}

function overlap(a: Span, b: Span): boolean {
  return a.fromMs <= b.toMs && b.fromMs <= a.toMs;
}
