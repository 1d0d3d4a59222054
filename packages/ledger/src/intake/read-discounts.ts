import { parseCurrency, type Currency, type Money } from '@salio/domain';
import { run, type Queryable } from '../sql.ts';

/** What the provider gave lately shows in few batches. */
const BATCHES_LOOKED_AT = 20;

/**
 * What the provider may give back of these sums, by what it gave on accepted lines of the newest released batches. A currency
 * of which it accepted nothing there is left out: nothing is known of it.
 */
export async function expectDiscounts(on: Queryable, sums: readonly Money[]): Promise<Money[]> {
  const rows = await run<GivenRow>(on, READ_GIVEN, [BATCHES_LOOKED_AT]);
  const given = new Map<Currency, GivenRow>();
  for (const row of rows) {
    const currency = parseCurrency(row.currency);
    if (currency) given.set(currency, row);
  }
  return sums.flatMap(({ currency, units }) => {
    const known = given.get(currency);
    if (!known || BigInt(known.amount) === 0n) return [];
    return [{ currency, units: (units * BigInt(known.discount)) / BigInt(known.amount) }];
  });
}

interface GivenRow {
  currency: string;
  amount: string;
  discount: string;
}

/** Tallies are few for each batch: no line is read. */
const READ_GIVEN = {
  name: 'read-given-discounts',
  text: `SELECT t.currency, sum(t.amount)::text AS amount, sum(t.discount)::text AS discount FROM tallies t
    WHERE t.batch_no = ANY(ARRAY(
        SELECT batch_no FROM batches WHERE batch_no IS NOT NULL AND released_at IS NOT NULL ORDER BY batch_no DESC LIMIT $1))
      AND t.state IN ('sent', 'succeeded')
    GROUP BY t.currency`,
};
