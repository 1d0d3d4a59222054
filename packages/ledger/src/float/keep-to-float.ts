import type { Money } from '@salio/domain';
import type { PoolClient } from 'pg';
import { run } from '../sql.ts';
import type { AttemptLine } from '../send/open-slice.ts';
import { readEnforced } from './stop-for-float.ts';

/** Lines that the float is enough for, in their order. */
export interface Covered {
  readonly lines: readonly AttemptLine[];
  /** The first line that it is not enough for; nothing after it is covered. */
  readonly wanted: Money | undefined;
}

/**
 * Holds the account's float until the transaction ends: of two claims at its edge the second one sees what the first has reserved. Before caps
 * and slots, in this order.
 */
export async function holdEnforced(client: PoolClient, account: string): Promise<void> {
  await run(client, HOLD, [account]);
}

/** Takes as many of these lines as the account's float, which is held, is enough for. */
export async function keepToFloat(
  client: PoolClient,
  account: string,
  lines: readonly AttemptLine[],
): Promise<Covered> {
  // A statement of its own: what others have committed while the float was waited for is seen now.
  const left = new Map(await readEnforced(client, account));
  for (const [place, { amount }] of lines.entries()) {
    const available = left.get(amount.currency);
    if (available === undefined) continue;
    if (available < amount.units) return { lines: lines.slice(0, place), wanted: amount };
    left.set(amount.currency, available - amount.units);
  }
  return { lines, wanted: undefined };
}

const HOLD = {
  name: 'hold-enforced-floats',
  text: 'SELECT 1 FROM floats WHERE account = $1 AND enforced ORDER BY currency FOR NO KEY UPDATE',
};
