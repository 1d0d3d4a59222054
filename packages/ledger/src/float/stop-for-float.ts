import { availableOf, formatMoney, type Money } from '@salio/domain';
import type { PoolClient } from 'pg';
import { resumeStopped } from '../batch/pause-stopped.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { stopWithin } from '../control.ts';
import { recordAction, type Ordered } from '../operator.ts';
import { run } from '../sql.ts';
import { holdFloats } from './hold-floats.ts';
import { readFloatsWithin } from './read-floats.ts';

/** What the reason of such a stop begins with: a top-up starts only what was stopped for this. */
const WANT = 'float: ';
const RULE: Ordered = { operator: 'salio', access: { via: 'rule' } };

/**
 * Stops an account whose float is not enough for the next line. Looked at once more, for it may have been topped up meanwhile; the reason,
 * or undefined where there is enough now.
 */
export async function stopForFloat(
  ledger: Ledger,
  account: string,
  wanted: Money,
): Promise<string | undefined> {
  return inTransaction(ledger, async (client) => {
    const scope = `account:${account}` as const;
    await holdFloats(client, scope);
    const available = (await readEnforced(client, account)).get(wanted.currency);
    if (available === undefined || available >= wanted.units) return undefined;
    const left = formatMoney({ ...wanted, units: available });
    const reason = `${WANT}${left} available, ${formatMoney(wanted)} wanted: top it up`;
    await stopWithin(client, { ...RULE, scope, reason });
    return reason;
  });
}

/** Starts an account again that was stopped for want of float, once none of its enforced floats is used up. The caller holds it. */
export async function startWhereEnough(client: PoolClient, account: string): Promise<void> {
  const scope = `account:${account}` as const;
  for (const available of (await readEnforced(client, account)).values())
    if (available <= 0n) return;
  const started = await run(client, START, [scope, WANT]);
  if (started.length === 0) return;
  await resumeStopped(client, [scope]);
  await recordAction(client, { ...RULE, verb: 'system.start', subject: scope });
}

/** What may still be reserved, by currency, of floats that are to be kept to. */
export async function readEnforced(
  client: PoolClient,
  account: string,
): Promise<ReadonlyMap<string, bigint>> {
  const floats = await readFloatsWithin(client, account);
  return new Map(
    floats.filter(({ enforced }) => enforced).map((each) => [each.currency, availableOf(each)]),
  );
}

const START = {
  name: 'start-for-float',
  text: `UPDATE controls SET stopped = false, reason = NULL, operator = 'salio', since = now()
    WHERE scope = $1 AND stopped AND starts_with(reason, $2) RETURNING scope`,
};
