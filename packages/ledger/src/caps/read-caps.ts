import { currency, type Cap, type CapPeriod, type CapScope } from '@salio/domain';
import type { Ledger } from '../connection.ts';
import { run, type Queryable } from '../sql.ts';

/** A cap as it was set. */
export interface CapView extends Cap {
  /** Undefined for a cap of a batch. */
  readonly period: CapPeriod | undefined;
  /** The time zone that its period begins in. */
  readonly zone: string;
  readonly enabled: boolean;
  readonly version: number;
  readonly changedAt: Date;
  readonly operator: string;
  /** Lines that it holds now. */
  readonly held: number;
}

/** All caps by name, those included that do not hold; CAPS_MAX at most. */
export async function readCaps(ledger: Ledger): Promise<CapView[]> {
  return readCapsWithin(ledger.pool, undefined);
}

/** The same, or one of them. */
export async function readCapsWithin(on: Queryable, name: string | undefined): Promise<CapView[]> {
  const rows = await run<CapRow>(on, READ, [name ?? null, HELD_MAX]);
  return rows.map(({ amount, source, period, ...row }) => ({
    ...row,
    currency: currency(row.currency),
    amount: BigInt(amount),
    source: source ?? undefined,
    period: period ?? undefined,
  }));
}

/** Counted so far. */
const HELD_MAX = 100_000;

interface CapRow extends Omit<CapView, 'amount' | 'source' | 'period' | 'currency'> {
  per: CapScope;
  period: CapPeriod | null;
  currency: string;
  amount: string;
  source: string | null;
}

const READ = {
  name: 'read-caps',
  text: `SELECT name, per, period, zone, currency, amount::text, source, enabled, version, changed_at AS "changedAt", operator,
      (SELECT count(*)::int FROM (
        SELECT 1 FROM marks m WHERE m.state = 'held' AND m.said = 'cap ' || c.name LIMIT $2) AS held) AS held
    FROM caps c WHERE $1::text IS NULL OR name = $1 ORDER BY name`,
};
