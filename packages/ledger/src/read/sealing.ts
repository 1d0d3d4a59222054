import { positionOf, type Block } from '../audit/block.ts';
import { FACT_TABLES, type FactTable } from '../audit/fact-tables.ts';
import { readBounds } from '../audit/read-bounds.ts';
import { readLastBlock } from '../audit/read-blocks.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** How far the audit chain is behind. */
export interface SealingLook {
  /** Since the newest block, by the database's clock; undefined where there is none. */
  readonly sinceMs: number | undefined;
  /** Facts that no block has yet, of each table at most UNSEALED_MAX. */
  readonly unsealed: number;
  /** How old the oldest of them is that says when it was recorded, ms; undefined where none does. */
  readonly oldestUnsealedMs: number | undefined;
}

/** Enough to know that something is wrong: a sealer takes more in one run. */
export const UNSEALED_MAX = 1_000;

/** Reads a few rows by key, however large the ledger is. */
export async function readSealing(ledger: Ledger): Promise<SealingLook> {
  return inTransaction(
    ledger,
    async (client) => {
      const block = await readLastBlock(client);
      const [age] = await run<{ since: number | null }>(client, READ_AGE, []);
      // Only of tables that have given numbers since: some of them may be of transactions that were rolled back.
      const bounds = await readBounds(client, FACT_TABLES);
      let unsealed = 0;
      const ages: number[] = [];
      for (const table of FACT_TABLES) {
        const sealed = sealedUpTo(block, table);
        if ((bounds.get(table.table) ?? 0n) <= BigInt(sealed)) continue;
        const [row] = await run<UnsealedRow>(client, countStatement(table), [sealed]);
        unsealed += row?.facts ?? 0;
        if (row?.age !== undefined && row.age !== null) ages.push(row.age);
      }
      const oldestUnsealedMs = ages.length === 0 ? undefined : Math.max(...ages);
      return { sinceMs: age?.since ?? undefined, unsealed, oldestUnsealedMs };
    },
    'byKey',
  );
}

interface UnsealedRow {
  facts: number;
  age: number | null;
}

function sealedUpTo(block: Block | undefined, { table }: FactTable): string {
  return positionOf(block?.positions ?? {}, table);
}

const READ_AGE = {
  name: 'read-seal-age',
  text: `SELECT (extract(epoch FROM clock_timestamp() - max(at)) * 1000)::float8 AS since FROM seals`,
};

/** In the order in which they lie there, which is nearly that of their numbers: numbers of facts have no index that could sort. */
function countStatement({ table, number, at }: FactTable) {
  return {
    name: `count-unsealed-${table}`,
    text: `SELECT count(*)::int AS facts, (extract(epoch FROM clock_timestamp() - min(at)) * 1000)::float8 AS age
      FROM (
        SELECT ${at === undefined ? 'NULL::timestamptz' : `"${at}"`} AS at FROM "${table}"
        WHERE "${number}" > $1::bigint LIMIT ${UNSEALED_MAX}
      ) AS newest`,
  };
}
