import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** As many as tallies that are folded in one commit. */
const FOLD_AT_ONCE = 10_000;

/** Adds up fresh sums of floats and uses of caps, so that they are read from few rows. Changes none. Returns how many rows there are fewer. */
export async function foldFloats(ledger: Ledger): Promise<number> {
  const [row] = await run<{ saved: number }>(ledger.pool, FOLD, [FOLD_AT_ONCE]);
  return row?.saved ?? 0;
}

const FOLD = { name: 'fold-floats', text: 'SELECT fold_floats($1) + fold_cap_uses($1) AS saved' };
