import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { SealedRange } from '../schema/audit.ts';
import { run } from '../sql.ts';
import type { ChainProblem } from './chain-problem.ts';
import type { FactTable } from './fact-tables.ts';
import { hashRanges, LEAF_BYTES } from './hash-facts.ts';

/** Names the first fact of a range that is not what was sealed, by the leaves of its block. */
export async function findFact(
  client: PoolClient,
  table: FactTable,
  block: number,
  range: SealedRange,
): Promise<ChainProblem> {
  const { after, upto } = range;
  const unnamed = { kind: 'facts_differ', block, table: table.table, after, upto } as const;
  const stored = await run<{ leaves: Buffer }>(client, READ_STORED, [block, table.table]);
  const sealed = stored[0]?.leaves ?? Buffer.alloc(0);
  if (createHash('sha256').update(sealed).digest('hex') !== range.leaves) return unnamed;
  const now = await hashRanges(client, table, { after, uptos: [upto], leaves: true });
  const difference = firstDifference(sealed, now.get(0)?.leafBytes ?? Buffer.alloc(0));
  if (!difference) return unnamed;
  const fact = await nameFact(client, table, difference.number);
  return { ...difference, block, table: table.table, fact };
}

/** What people know a fact by: its key columns as they stand now; undefined where there is none of that number. */
export async function nameFact(
  client: PoolClient,
  { table, number, key }: FactTable,
  factNumber: string,
): Promise<string | undefined> {
  const parts = key.map((name) => `'${name} ' || "${name}"::text`).join(', ');
  const [row] = await run<{ name: string }>(
    client,
    {
      name: `name-${table}`,
      text: `SELECT concat_ws(', ', ${parts}) AS name FROM "${table}" WHERE "${number}" = $1::bigint LIMIT 1`,
    },
    [factNumber],
  );
  return row?.name;
}

interface Difference {
  readonly kind: 'changed' | 'inserted' | 'removed';
  readonly number: string;
}

/** Both are in order of number and hash. Undefined where they are equal. */
function firstDifference(sealed: Buffer, now: Buffer): Difference | undefined {
  const end = Math.max(sealed.length, now.length);
  for (let at = 0; at < end; at += LEAF_BYTES) {
    const [was, is] = [sealed, now].map((leaves) => leaves.subarray(at, at + LEAF_BYTES));
    if (was && is && was.equals(is)) continue;
    const number = [was, is].flatMap(numberOf).reduce((one, other) => (one < other ? one : other));
    const count = [sealed, now].map((leaves) => countOf(leaves, number, at));
    const [before = 0, after = 0] = count;
    const kind = after > before ? 'inserted' : after < before ? 'removed' : 'changed';
    return { kind, number: String(number) };
  }
  return undefined;
}

function numberOf(leaf: Buffer | undefined): bigint[] {
  return leaf === undefined || leaf.length === 0 ? [] : [leaf.readBigInt64BE(0)];
}

/** How many leaves have this number; where they begin is at most one number's leaves before `at`. */
function countOf(leaves: Buffer, number: bigint, at: number): number {
  let from = at;
  while (from > 0 && numberOf(leaves.subarray(from - LEAF_BYTES))[0] === number) from -= LEAF_BYTES;
  let count = 0;
  while (numberOf(leaves.subarray(from + count * LEAF_BYTES))[0] === number) count += 1;
  return count;
}

const READ_STORED = {
  name: 'read-seal-leaves',
  text: `SELECT leaves FROM seal_leaves WHERE seal_no = $1 AND table_name = $2`,
};
