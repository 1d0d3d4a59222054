import { CAP_NAME, formatMoney, type Cap, type CapPeriod } from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { enterControl } from '../control.ts';
import { recordAction, type Ordered } from '../operator.ts';
import { run } from '../sql.ts';
import { letGo } from './let-go.ts';
import { readCapsWithin, type CapView } from './read-caps.ts';

export interface CapOrder extends Ordered, Cap {
  /** Absent for a batch, and only there. */
  readonly period?: CapPeriod;
  /** A time zone of the IANA's list, for the period; UTC where it is absent. */
  readonly zone?: string;
  readonly enabled: boolean;
  readonly reason: string;
  /** The version that was looked at, 0 for a new one; another one is a Conflict. */
  readonly version?: number;
}

/** Each is looked at by every claim. */
const CAPS_MAX = 50;

/**
 * Sets a cap, or sets it anew. Claims in progress are waited for; then it holds at once, for what was sent before as well. Lines that it held are let go
 * and weighed again. What it counts (per, period, currency, source) stays: that would be another cap. Throws Conflict.
 */
export async function setCap(ledger: Ledger, order: CapOrder): Promise<CapView> {
  const { name, version } = order;
  if (!CAP_NAME.test(name))
    throw new Conflict('a cap is named in small letters, digits, dots, dashes: 40 at most');
  if ((order.per === 'batch') !== (order.period === undefined))
    throw new Conflict('a cap per batch has no period, every other one has one');
  const after = await inTransaction(ledger, async (client) => {
    await enterControl(client, 'system');
    await run(client, HOLD_SYSTEM, []);
    const [before] = await readCapsWithin(client, name);
    if (version !== undefined && version !== (before?.version ?? 0)) {
      const now = before?.version ?? 0;
      throw new Conflict(`the cap has changed: version ${now}, not ${version}`, 'version');
    }
    if (before) checkSame(before, order);
    await store(client, order);
    const [set] = await readCapsWithin(client, name);
    if (!set) throw new Error('a cap that was set is not there');
    await recordAction(client, {
      operator: order.operator,
      ...(order.access && { access: order.access }),
      verb: 'cap.set',
      subject: `cap:${name}`,
      reason: order.reason,
      detail: { before: told(before), after: told(set) },
    });
    return set;
  });
  await letGo(ledger, name);
  return after;
}

async function store(client: PoolClient, order: CapOrder): Promise<void> {
  const { name, per, period, zone = 'UTC', currency, amount, source, enabled, operator } = order;
  const [room] = await run<{ zone: boolean; source: boolean; others: number }>(client, LOOK, [
    name,
    zone,
    source ?? null,
  ]);
  if (!room?.zone) throw new Conflict(`there is no time zone ${zone}`);
  if (!room.source) throw new Conflict(`there is no source ${source ?? ''}`);
  if (room.others >= CAPS_MAX) throw new Conflict(`there are ${CAPS_MAX} caps already`);
  await run(client, SET, [
    name,
    per,
    period ?? null,
    zone,
    currency,
    String(amount),
    source ?? null,
    enabled,
    operator,
  ]);
  await run(client, LIMIT, []);
}

function checkSame(before: CapView, order: CapOrder): void {
  const same =
    before.per === order.per &&
    before.period === order.period &&
    before.currency === order.currency &&
    before.source === order.source;
  if (!same) throw new Conflict(`cap ${before.name} counts something else: give it another name`);
}

function told(cap: CapView | undefined): Record<string, unknown> | null {
  if (!cap) return null;
  const { per, period, zone, source, enabled, version, currency, amount: units } = cap;
  return { per, period, zone, source, amount: formatMoney({ currency, units }), enabled, version };
}

const HOLD_SYSTEM = {
  name: 'hold-system-control',
  text: `SELECT 1 FROM controls WHERE scope = 'system' FOR UPDATE`,
};

const LOOK = {
  name: 'look-for-cap',
  text: `SELECT EXISTS (SELECT 1 FROM pg_timezone_names WHERE name = $2) AS zone,
      $3::text IS NULL OR EXISTS (SELECT 1 FROM sources WHERE name = $3) AS source,
      (SELECT count(*) FROM caps WHERE name <> $1)::int AS others`,
};

const SET = {
  name: 'set-cap',
  text: `INSERT INTO caps AS c (name, per, period, zone, currency, amount, source, enabled, operator)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (name) DO UPDATE SET zone = EXCLUDED.zone, amount = EXCLUDED.amount, enabled = EXCLUDED.enabled,
      operator = EXCLUDED.operator, version = c.version + 1, changed_at = now()`,
};

const LIMIT = {
  name: 'limit-system',
  text: `UPDATE controls SET limited = EXISTS (SELECT 1 FROM caps WHERE enabled) WHERE scope = 'system'`,
};
