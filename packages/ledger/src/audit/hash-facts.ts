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
  /** The leaves: of each fact its number and eight bytes of its hash, in the order of both. Empty where they were not asked for. */
  readonly leafBytes: Buffer;
}

/** Ranges of one table that follow each other: above `after`, up to the first of `uptos`, from there to the second, and so on. */
export interface RangeQuestion {
  readonly after: string;
  readonly uptos: readonly string[];
  /** Whether leaves are wanted too. */
  readonly leaves: boolean;
}

/** Bytes of a leaf: the fact's number, and the start of its hash. */
export const LEAF_BYTES = 16;

const NOTHING = createHash('sha256').digest('hex');
/** What a range without facts comes to. */
export const EMPTY_RANGE: RangeHash = {
  count: 0,
  digest: NOTHING,
  leaves: NOTHING,
  leafBytes: Buffer.alloc(0),
};

/**
 * Hashes are made in the database, of texts that must not depend on how a session is set. Sequential scans, workers and JIT are off:
 * a range is few rows of a large table, but on a table that grew since its last ANALYZE the planner takes reading all of it
 * for cheaper.
 */
export async function readCanonically(client: PoolClient): Promise<void> {
  await client.query(`SET LOCAL TimeZone TO 'UTC'; SET LOCAL DateStyle TO 'ISO, YMD'; SET LOCAL IntervalStyle TO 'postgres';
    SET LOCAL bytea_output TO 'hex'; SET LOCAL extra_float_digits TO 1;
    SET LOCAL enable_seqscan TO off; SET LOCAL jit TO off; SET LOCAL max_parallel_workers_per_gather TO 0`);
}

/** Hashes ranges in one pass over the table; by their place in the question. A range without facts is left out of the answer. */
export async function hashRanges(
  client: PoolClient,
  table: FactTable,
  { after, uptos, leaves }: RangeQuestion,
): Promise<Map<number, RangeHash>> {
  const rows = await run<Row>(client, hashStatement(table), [after, uptos, leaves]);
  return new Map(
    rows.map(({ range, bytes, ...hash }) => [
      range,
      { ...hash, leafBytes: bytes ?? EMPTY_RANGE.leafBytes },
    ]),
  );
}

interface Row {
  range: number;
  count: number;
  digest: string;
  leaves: string;
  bytes: Buffer | null;
}

/** A range's place in $2 is how many of its bounds are below the number. */
function hashStatement(table: FactTable): Statement {
  const ordered = (parts: string) => `string_agg(${parts}, ''::bytea ORDER BY n, h)`;
  const leaves = ordered('int8send(n) || substring(h FOR 8)');
  return {
    name: `hash-${table.table}`,
    text: `SELECT width_bucket(n - 1, $2::bigint[]) AS range, count(*)::int AS count,
        encode(sha256(${ordered('int8send(n) || h')}), 'hex') AS digest,
        encode(sha256(${leaves}), 'hex') AS leaves, CASE WHEN $3 THEN ${leaves} END AS bytes
      FROM (${hashed(table)} > $1::bigint AND "${table.number}" <= ($2::bigint[])[cardinality($2::bigint[])]) f
      GROUP BY 1`,
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
