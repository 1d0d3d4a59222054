import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** Tallies that are added up in one commit: a few milliseconds of work. */
const FOLD_AT_ONCE = 10_000;

/**
 * Adds up fresh tallies, some thousand a call, so that the state of a batch is read from few rows. Changes no sum, whoever
 * writes or folds meanwhile. Returns how many rows there are fewer of them.
 */
export async function foldTallies(ledger: Ledger): Promise<number> {
  const [row] = await run<{ saved: number }>(ledger.pool, FOLD, [FOLD_AT_ONCE]);
  return row?.saved ?? 0;
}

const FOLD = { name: 'fold-tallies', text: 'SELECT fold_tallies($1) AS saved' };
