import { currency, type Currency, type FloatSums } from '@salio/domain';
import type { Ledger } from '../connection.ts';
import { run, type Queryable } from '../sql.ts';

/** What one provider account has in one currency, as the ledger knows it. The provider's own wallet may know better. */
export interface Float extends FloatSums {
  readonly account: string;
  readonly currency: Currency;
  /** Whether nothing is claimed that is not there. */
  readonly enforced: boolean;
  /** Below so much an alarm is raised, ten-thousandths. */
  readonly low: bigint | undefined;
  /** Counts changes of these two; 0 where nobody has set them. */
  readonly version: number;
}

/** Every float that was posted to or set, by account and currency; there are as many as accounts, times a few. */
export async function readFloats(ledger: Ledger): Promise<Float[]> {
  return readFloatsWithin(ledger.pool, undefined);
}

/** The same for one account, or for all where it is undefined. */
export async function readFloatsWithin(
  on: Queryable,
  account: string | undefined,
): Promise<Float[]> {
  const rows = await run<FloatRow>(on, READ, [account ?? null]);
  return rows.map((row) => ({
    account: row.account,
    currency: currency(row.currency),
    ...sumsOf(row),
    enforced: row.enforced,
    low: row.low === null ? undefined : BigInt(row.low),
    version: row.version,
  }));
}

/** Sums as the driver gives them. */
export interface SumsRow {
  funded: string;
  reserved: string;
  spent: string;
  due: string;
}

export function sumsOf({ funded, reserved, spent, due }: SumsRow): FloatSums {
  return {
    funded: BigInt(funded),
    reserved: BigInt(reserved),
    spent: BigInt(spent),
    due: BigInt(due),
  };
}

interface FloatRow extends SumsRow {
  account: string;
  currency: string;
  enforced: boolean;
  low: string | null;
  version: number;
}

const READ = {
  name: 'read-floats',
  text: `SELECT coalesce(s.account, f.account) AS account, coalesce(s.currency, f.currency) AS currency,
      coalesce(s.funded, 0)::text AS funded, coalesce(s.reserved, 0)::text AS reserved,
      coalesce(s.spent, 0)::text AS spent, coalesce(s.due, 0)::text AS due,
      coalesce(f.enforced, false) AS enforced, f.low::text, coalesce(f.version, 0) AS version
    FROM (
      SELECT account, currency, sum(funded) AS funded, sum(reserved) AS reserved, sum(spent) AS spent, sum(due) AS due
      FROM float_sums WHERE $1::text IS NULL OR account = $1 GROUP BY 1, 2
    ) AS s FULL JOIN (SELECT * FROM floats WHERE $1::text IS NULL OR account = $1) AS f USING (account, currency)
    ORDER BY 1, 2`,
};
