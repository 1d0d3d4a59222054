import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import { positionOf, type Block, type Head } from './block.ts';
import { FACT_TABLES, type FactTable } from './fact-tables.ts';
import { readLastBlock } from './read-blocks.ts';
import { readBounds } from './read-bounds.ts';

export interface SealState {
  readonly head: Head | undefined;
  /** Whether every fact that was recorded when it was asked is sealed by the head or a block before it. */
  readonly sealed: boolean;
}

/** Waits until everything that is recorded now is sealed, at most `patienceMs`, and says how far that is so. */
export async function awaitSeal(ledger: Ledger, patienceMs: number): Promise<SealState> {
  const until = performance.now() + patienceMs;
  const bounds = await readBounds(ledger.pool, FACT_TABLES);
  for (;;) {
    const last = await readLastBlock(ledger.pool);
    const head = last && { no: last.no, hash: last.hash, at: last.at };
    const sealed = await isSealed(ledger, last, bounds);
    if (sealed || performance.now() + PAUSE_MS > until) return { head, sealed };
    await delay(PAUSE_MS);
  }
}

/** A sealer works every few seconds. */
const PAUSE_MS = 200;

/** Where a position is behind the number that was given last, there may still be no fact: numbers have gaps. */
async function isSealed(
  ledger: Ledger,
  last: Block | undefined,
  bounds: ReadonlyMap<string, bigint>,
): Promise<boolean> {
  for (const table of FACT_TABLES) {
    const after = positionOf(last?.positions ?? {}, table.table);
    const bound = bounds.get(table.table) ?? 0n;
    if (BigInt(after) >= bound) continue;
    const [row] = await run<{ open: boolean }>(ledger.pool, anyStatement(table), [after, bound]);
    if (row?.open !== false) return false;
  }
  return true;
}

function anyStatement({ table, number }: FactTable) {
  return {
    name: `any-${table}`,
    text: `SELECT EXISTS (SELECT FROM "${table}" WHERE "${number}" > $1::bigint AND "${number}" <= $2::bigint) AS open`,
  };
}
