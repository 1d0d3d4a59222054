import {
  availableOf,
  currency,
  type BatchId,
  type CapScope,
  type Currency,
  type Money,
} from '@salio/domain';
import { Conflict, NotFound } from '../conflict.ts';
import type { Ledger } from '../connection.ts';
import { expectDiscounts } from '../intake/read-discounts.ts';
import { readSums } from '../intake/verdict.ts';
import { run, type Queryable } from '../sql.ts';
import { readFloatsWithin } from './read-floats.ts';

/** What limits would say of sums that are to be sent now. */
export interface LimitsForecast {
  /** False where a float or a cap is not enough for all of it; lines would be held, or the account stopped. */
  readonly enough: boolean;
  /** Floats that are kept to, of the currencies asked for. */
  readonly floats: readonly {
    readonly account: string;
    readonly available: Money;
    readonly enough: boolean;
  }[];
  /** Caps that such lines meet. */
  readonly caps: readonly {
    readonly name: string;
    readonly per: CapScope;
    /** What is left of it now; of a cap per recipient, what each may have if nothing was sent to it. */
    readonly room: Money;
    /** Undefined for a cap per recipient: that is looked at line by line when they are claimed. */
    readonly enough: boolean | undefined;
  }[];
}

/** What a batch comes to and costs, and what limits would say of it now. */
export interface BatchForecast {
  readonly sums: readonly Money[];
  /** What the provider may give back, where something is known of that. */
  readonly discounts: readonly Money[];
  readonly limits: LimitsForecast;
}

/** Looks ahead for a batch that is checked: all of its lines. Throws NotFound, and Conflict for one that is in no state to be released. */
export async function forecastBatch(ledger: Ledger, batchId: BatchId): Promise<BatchForecast> {
  const [batch] = await run<BatchRow>(ledger.pool, READ_BATCH, [batchId]);
  if (!batch) throw new NotFound(`there is no batch ${batchId}`);
  if (batch.no === null || batch.state !== 'checked')
    throw new Conflict(
      `batch ${batchId} is ${batch.state}: only a checked one is looked ahead for`,
    );
  const sums = await readSums(ledger.pool, batch.no);
  return {
    sums,
    discounts: await expectDiscounts(ledger.pool, sums),
    limits: await forecastLimits(ledger.pool, { source: batch.source, sums }),
  };
}

interface BatchRow {
  no: number | null;
  state: string;
  source: string;
}

/** Compares sums of a source's lines with the floats that are kept to and the caps that hold, as they are now. Holds nothing: it may be otherwise soon. */
export async function forecastLimits(
  on: Queryable,
  { source, sums }: { readonly source: string; readonly sums: readonly Money[] },
): Promise<LimitsForecast> {
  const needed = new Map<string, bigint>(sums.map(({ currency: code, units }) => [code, units]));
  const floats = (await readFloatsWithin(on, undefined))
    .filter((float) => float.enforced && needed.has(float.currency))
    .map(({ account, currency: code, ...float }) => ({
      account,
      available: { currency: code, units: availableOf(float) },
      enough: availableOf(float) >= (needed.get(code) ?? 0n),
    }));
  const rows = await run<CapRow>(on, READ_CAPS, [source, [...needed.keys()]]);
  const caps = rows.map(({ name, per, currency: code, amount, used }) => {
    const known: Currency = currency(code);
    const units = BigInt(amount) - BigInt(used);
    const enough = per === 'recipient' ? undefined : units >= (needed.get(code) ?? 0n);
    return { name, per, room: { currency: known, units }, enough };
  });
  const short = [...floats, ...caps].some(({ enough }) => enough === false);
  return { enough: !short, floats, caps };
}

interface CapRow {
  name: string;
  per: CapScope;
  currency: string;
  amount: string;
  used: string;
}

/** Of an account's cap the account that has used most of it counts: nobody knows yet which one it will be. */
const READ_CAPS = {
  name: 'forecast-caps',
  text: `SELECT c.name, c.per, c.currency, c.amount::text, CASE WHEN c.per IN ('batch', 'recipient') THEN 0 ELSE coalesce((
      SELECT max(of_account.amount) FROM (
        SELECT sum(u.amount) AS amount FROM cap_uses u
        WHERE u.currency = c.currency AND u.bucket >= date_trunc(c.period, now(), c.zone)
          AND (c.per <> 'source' OR u.source = $1) AND (c.source IS NULL OR u.source = c.source)
        GROUP BY CASE WHEN c.per = 'account' THEN u.account END
      ) AS of_account), 0) END::text AS used
    FROM caps c WHERE c.enabled AND c.currency = ANY($2) AND (c.source IS NULL OR c.source = $1) ORDER BY c.name`,
};

const READ_BATCH = {
  name: 'forecast-batch',
  text: 'SELECT batch_no AS no, state, source FROM batches WHERE id = $1',
};
