import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import { run, type Statement } from '../sql.ts';
import type { FactTable } from './fact-tables.ts';

/** What the facts of one range come to. */
export interface RangeHash {
  readonly count: number;
  /** SHA-256 over numbers (8 bytes, big-endian) and hashes of its facts, in the order of both; hex. */
  readonly digest: string;
  /** SHA-256 of its leaves, hex. */
  readonly leaves: string;
}

/** Bytes of a leaf: the fact's number, and the start of its hash. */
export const LEAF_BYTES = 16;

const NOTHING = createHash('sha256').digest('hex');
/** What a range without facts comes to. */
export const EMPTY_RANGE: RangeHash = { count: 0, digest: NOTHING, leaves: NOTHING };

/**
 * Hashes are made in the database, of texts that must not depend on how a session is set. Sequential scans and JIT are off:
 * a range is few rows of a large table, but on a table that grew since its last ANALYZE the planner takes reading all of it
 * for cheaper.
 */
export async function readCanonically(client: PoolClient): Promise<void> {
  await client.query(`SET LOCAL TimeZone TO 'UTC'; SET LOCAL DateStyle TO 'ISO, YMD'; SET LOCAL IntervalStyle TO 'postgres';
    SET LOCAL bytea_output TO 'hex'; SET LOCAL extra_float_digits TO 1;
    SET LOCAL enable_seqscan TO off; SET LOCAL jit TO off`);
}

/**
 * Hashes ranges that follow each other: of the facts above `after`, up to the first of `uptos`, from there to the second,
 * and so on. One pass over the table. A range without facts is left out of the answer.
 */
export async function hashRanges(
  client: PoolClient,
  table: FactTable,
  after: string,
  uptos: readonly string[],
): Promise<Map<number, RangeHash>> {
  const rows = await run<{ range: number } & RangeHash>(client, hashStatement(table), [
    after,
    uptos,
  ]);
  return new Map(rows.map(({ range, ...hash }) => [range, hash]));
}

/** The leaves of one range: of each fact its number and eight bytes of its hash, in the order of both. */
export async function readLeaves(
  client: PoolClient,
  table: FactTable,
  after: string,
  upto: string,
): Promise<Buffer> {
  const rows = await run<{ leaves: Buffer }>(client, leavesStatement(table), [after, upto]);
  return rows[0]?.leaves ?? Buffer.alloc(0);
}

const LEAVES = `string_agg(int8send(n) || substring(h FOR 8), ''::bytea ORDER BY n, h)`;

/** A range's place in $2 is how many of its bounds are below the number. */
function hashStatement(table: FactTable): Statement {
  return {
    name: `hash-${table.table}`,
    text: `SELECT width_bucket(n - 1, $2::bigint[]) AS range, count(*)::int AS count,
        encode(sha256(string_agg(int8send(n) || h, ''::bytea ORDER BY n, h)), 'hex') AS digest,
        encode(sha256(${LEAVES}), 'hex') AS leaves
      FROM (${hashed(table)} > $1::bigint AND "${table.number}" <= ($2::bigint[])[cardinality($2::bigint[])]) f
      GROUP BY 1`,
  };
}

function leavesStatement(table: FactTable): Statement {
  return {
    name: `leaves-${table.table}`,
    text: `SELECT ${LEAVES} AS leaves
      FROM (${hashed(table)} > $1::bigint AND "${table.number}" <= $2::bigint) f HAVING count(*) > 0`,
  };
}

/**
 * A fact is hashed as a JSON array of texts, as JSON.stringify writes it: its table, its number, and each column as Postgres
 * writes it as text, null for an empty one. So no two facts are written alike.
 */
function hashed({ table, number, columns }: FactTable): string {
  const texts = [number, ...columns].map((name) => `"${name}"::text`).join(', ');
  return `SELECT "${number}" AS n,
      sha256(convert_to(array_to_json(ARRAY['${table}', ${texts}])::text, 'UTF8')) AS h
    FROM "${table}" WHERE "${number}"`;
}
