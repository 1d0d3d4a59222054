import { formatMoney, type Currency } from '@salio/domain';
import { Conflict } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { enterControl } from '../control.ts';
import { recordAction, type Ordered } from '../operator.ts';
import { run } from '../sql.ts';
import { holdFloats } from './hold-floats.ts';
import { readFloatsWithin, type Float } from './read-floats.ts';
import { startWhereEnough } from './stop-for-float.ts';

export interface FloatChange extends Ordered {
  readonly account: string;
  readonly currency: Currency;
  readonly enforced?: boolean;
  /** Ten-thousandths; null takes the alarm away. */
  readonly low?: bigint | null;
  readonly reason: string;
  /** The version that was looked at; another one is a Conflict. */
  readonly version?: number;
}

/** Sets what is wanted of a float. Claims in progress are waited for; then it holds at once. Throws Conflict. */
export async function changeFloat(ledger: Ledger, order: FloatChange): Promise<Float> {
  const { account, currency, version, reason, ...rest } = order;
  const { operator, access } = rest;
  return inTransaction(ledger, async (client) => {
    const scope = `account:${account}` as const;
    await enterControl(client, scope);
    await holdFloats(client, scope);
    const read = async () => {
      const floats = await readFloatsWithin(client, account);
      return floats.find((each) => each.currency === currency);
    };
    const before = await read();
    if (version !== undefined && version !== (before?.version ?? 0)) {
      throw new Conflict(
        `the float has changed: version ${before?.version ?? 0}, not ${version}`,
        'version',
      );
    }
    const low = rest.low === undefined ? before?.low : (rest.low ?? undefined);
    const enforced = rest.enforced ?? before?.enforced ?? false;
    await run(client, SET, [account, currency, enforced, low?.toString() ?? null, operator]);
    await run(client, LIMIT, [scope, account]);
    const after = await read();
    if (!after) throw new Error('a float that was set is not there');
    await recordAction(client, {
      operator,
      ...(access && { access }),
      verb: 'float.change',
      subject: scope,
      reason,
      detail: { currency, before: told(before), after: told(after) },
    });
    await startWhereEnough(client, account);
    return after;
  });
}

function told(float: Float | undefined): Record<string, unknown> | null {
  if (!float) return null;
  const { enforced, low, currency, version } = float;
  const units = low === undefined ? null : formatMoney({ currency, units: low });
  return { enforced, low: units, version };
}

const SET = {
  name: 'set-float',
  text: `INSERT INTO floats AS f (account, currency, enforced, low, operator) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (account, currency) DO UPDATE SET enforced = EXCLUDED.enforced, low = EXCLUDED.low,
      operator = EXCLUDED.operator, version = f.version + 1, changed_at = now()`,
};

const LIMIT = {
  name: 'limit-account',
  text: `UPDATE controls SET limited = EXISTS (SELECT 1 FROM floats WHERE account = $2 AND enforced) WHERE scope = $1`,
};
