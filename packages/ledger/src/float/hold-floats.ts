import type { PoolClient } from 'pg';
import type { ControlScope } from '../control.ts';
import { run } from '../sql.ts';

/**
 * Holds an account's float until the transaction ends: what claims reserve, and what people enter or set, comes one after the other. The
 * account's control first, as claims hold it, then its floats.
 */
export async function holdFloats(client: PoolClient, scope: ControlScope): Promise<void> {
  await run(client, HOLD_CONTROL, [scope]);
  await run(client, HOLD_FLOATS, [scope]);
}

const HOLD_CONTROL = {
  name: 'hold-control',
  text: 'SELECT 1 FROM controls WHERE scope = $1 FOR UPDATE',
};

const HOLD_FLOATS = {
  name: 'hold-floats',
  text: `SELECT 1 FROM floats WHERE 'account:' || account = $1 ORDER BY currency FOR NO KEY UPDATE`,
};
