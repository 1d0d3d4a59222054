import { availableOf, type OldestOf, type SystemLook } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { readFloatsWithin } from '../float/read-floats.ts';
import { PROPOSAL_HOURS_MAX } from '../operator.ts';
import { readSealing } from '../read/sealing.ts';
import { readTrustWithin } from '../recover/read-trust.ts';
import { run } from '../sql.ts';
import { FAILING_MAX, READ_FAILING } from '../webhooks/failing-webhooks.ts';
import { COUNT_UP_TO, FIND_UNATTRIBUTED, READ_OVERDUE, READ_UNRESOLVED } from './late-work.ts';
import { COUNT_CLAIMABLE, READ_ACTIVITY } from './waiting-work.ts';

/** What the ledger alone can say; Redis and the wallet are looked at by others. */
export interface LedgerLook extends Omit<SystemLook, 'redis' | 'wallet'> {
  /** When it was looked, by the database's clock, to the microsecond. */
  readonly lookedAt: string;
  /** False in a database in recovery: no alarm can be written down. */
  readonly writable: boolean;
  /** Provider accounts that the ledger knows. */
  readonly accounts: readonly string[];
}

/** Batches that people paused, that are named one by one; more than anybody leaves by mistake. */
const PAUSED_MAX = 50;
/** Of the newest discrepancies: more in a day is the same alarm. */
const DISCREPANCIES_MAX = 1_000;
/** For how long a discrepancy is told of, hours: whoever comes in the morning finds what happened at night. */
const DISCREPANCY_HOURS = 24;

/**
 * Looks for everything that an alarm may stand for. Reads few rows, by indexes, however large the ledger is, and locks none.
 * `idleMs`: for how long lines must have been claimable to count as waiting.
 */
export async function lookForAlarms(
  ledger: Ledger,
  { idleMs }: { readonly idleMs: number },
): Promise<LedgerLook> {
  const look = await inTransaction(ledger, (client) => lookWithin(client, idleMs), 'byKey');
  const { unsealed, oldestUnsealedMs = 0 } = await readSealing(ledger);
  return { ...look, unsealed: { count: unsealed, oldestMs: oldestUnsealedMs } };
}

async function lookWithin(
  client: PoolClient,
  idleMs: number,
): Promise<Omit<LedgerLook, 'unsealed'>> {
  const [clock] = await run<{ at: string }>(client, READ_CLOCK, []);
  const trust = await readTrustWithin(client);
  const controls = await run<ControlRow>(client, READ_STOPS, []);
  const [unresolved] = await run<UnresolvedRow>(client, READ_UNRESOLVED, [COUNT_UP_TO]);
  const [claimable] = await run<{ batches: number }>(client, COUNT_CLAIMABLE, [idleMs / 1000]);
  const [activity] = await run<{ idle: number | null }>(client, READ_ACTIVITY, []);
  const overdue = await run<OverdueRow>(client, READ_OVERDUE, [COUNT_UP_TO]);
  const [proposals] = await run<OldestRow>(client, READ_PROPOSALS, [PROPOSAL_HOURS_MAX]);
  const news = await run<{ account: string } & OldestRow>(client, FIND_UNATTRIBUTED, [COUNT_UP_TO]);
  const webhooks = await run<FailingRow>(client, READ_FAILING, [FAILING_MAX]);
  const late = (what: string) => oldestOf(overdue.find((row) => row.what === what));
  const lines = unresolved?.count ?? 0;
  return {
    lookedAt: clock?.at ?? 'now',
    writable: trust.kind !== 'in_recovery',
    untrusted: trust.kind === 'trusted' ? undefined : trust.reason,
    accounts: controls.flatMap(({ account }) => account ?? []),
    stops: controls.filter(({ stopped }) => stopped).map(toStop),
    pausedByTrouble: await run<TroubledRow>(client, COUNT_TROUBLED, []),
    pausedByPeople: await run<PausedRow>(client, FIND_PAUSED, [PAUSED_MAX]),
    unresolved: { ...oldestOf(unresolved), more: lines >= COUNT_UP_TO },
    work: { waitingBatches: claimable?.batches ?? 0, idleMs: activity?.idle ?? undefined },
    proposals: oldestOf(proposals),
    overdueRescues: late('rescues'),
    overdueNews: late('news'),
    unattributed: news.map((row) => ({ account: row.account, ...oldestOf(row) })),
    floats: await lookAtFloats(client),
    failingWebhooks: webhooks.map(({ tried, error, ...row }) => ({
      ...row,
      error: tried ? error : undefined,
    })),
    discrepancies: await run<{ kind: string; count: number }>(client, COUNT_DISCREPANCIES, [
      DISCREPANCIES_MAX,
      DISCREPANCY_HOURS,
    ]),
  };
}

async function lookAtFloats(client: PoolClient): Promise<SystemLook['floats']> {
  const floats = await readFloatsWithin(client, undefined);
  return floats.flatMap(({ account, currency, low, ...sums }) => {
    const inMoney = (units: bigint) => ({ currency, units });
    if (low === undefined) return [];
    return [{ account, available: inMoney(availableOf(sums)), low: inMoney(low) }];
  });
}

interface ControlRow {
  scope: string;
  /** Null for the system. */
  account: string | null;
  stopped: boolean;
  reason: string | null;
  operator: string | null;
  for_ms: number;
}

interface OldestRow {
  count: number;
  oldest: number | null;
}

interface UnresolvedRow extends OldestRow {
  count: number;
}

interface OverdueRow extends OldestRow {
  what: string;
}

interface TroubledRow {
  scope: string;
  batches: number;
  oldestMs: number;
}

interface PausedRow {
  batchId: string;
  clientReference: string;
  reason: string;
  forMs: number;
}

interface FailingRow {
  id: string;
  source: string;
  url: string;
  tried: boolean;
  error: string;
  forMs: number;
}

function oldestOf(row: OldestRow | undefined): OldestOf {
  return { count: row?.count ?? 0, oldestMs: row?.oldest ?? 0 };
}

function toStop({ scope, reason, operator, for_ms: forMs }: ControlRow) {
  return { scope, reason: reason ?? '', operator: operator ?? '', forMs };
}

const READ_CLOCK = { name: 'read-clock', text: 'SELECT clock_timestamp()::text AS at' };

const READ_STOPS = {
  name: 'read-stops',
  text: `SELECT scope, CASE WHEN starts_with(scope, 'account:') THEN substr(scope, length('account:') + 1) END AS account,
      stopped, reason, operator, (extract(epoch FROM clock_timestamp() - since) * 1000)::float8 AS for_ms
    FROM controls ORDER BY scope`,
};

/** Batches that are released or paused have a turn, so all others are passed over. */
const COUNT_TROUBLED = {
  name: 'count-troubled-batches',
  text: `SELECT b.paused_for AS scope, count(*)::int AS batches,
      (extract(epoch FROM clock_timestamp() - min(b.state_at)) * 1000)::float8 AS "oldestMs"
    FROM turns t CROSS JOIN LATERAL (SELECT * FROM batches WHERE batch_no = t.batch_no LIMIT 1) AS b
    WHERE b.state = 'paused' AND b.paused_for IS NOT NULL GROUP BY 1 ORDER BY 1`,
};

const FIND_PAUSED = {
  name: 'find-paused-batches',
  text: `SELECT b.id AS "batchId", b.client_reference AS "clientReference", coalesce(b.state_reason, '') AS reason,
      (extract(epoch FROM clock_timestamp() - b.state_at) * 1000)::float8 AS "forMs"
    FROM turns t CROSS JOIN LATERAL (SELECT * FROM batches WHERE batch_no = t.batch_no LIMIT 1) AS b
    WHERE b.state = 'paused' AND b.paused_for IS NULL ORDER BY b.state_at, b.batch_no LIMIT $1`,
};

const READ_PROPOSALS = {
  name: 'read-oldest-proposal',
  text: `SELECT count(*)::int AS count, (extract(epoch FROM clock_timestamp() - min(p.at)) * 1000)::float8 AS oldest
    FROM decisions p
    WHERE p.confirms IS NULL AND p.at > clock_timestamp() - make_interval(hours => $1)
      AND NOT EXISTS (SELECT 1 FROM decisions c WHERE c.confirms = p.id)`,
};

/** Numbers follow the time, so only the newest are looked at. */
const COUNT_DISCREPANCIES = {
  name: 'count-new-discrepancies',
  text: `SELECT kind, count(*)::int AS count FROM (SELECT kind, at FROM discrepancies ORDER BY id DESC LIMIT $1) AS newest
    WHERE at > clock_timestamp() - make_interval(hours => $2) GROUP BY kind ORDER BY kind`,
};
