import type { Client } from 'pg';
import type { PlannedBatch } from './plan-batches.ts';

/** What a table takes on disk, and how long it takes to vacuum. */
export interface Stored {
  readonly table: string;
  readonly rows: number;
  readonly tableMiB: number;
  readonly indexMiB: number;
  readonly vacuumMs: number;
}

/** What two updates of a tenth of the lines do to their table. */
export interface Growth {
  readonly updates: number;
  /** Share of them that were written on the same page, without a word in any index. */
  readonly hotShare: number;
  readonly tableMiB: readonly [before: number, after: number];
  readonly indexMiB: readonly [before: number, after: number];
}

const LARGE = [
  'lines',
  'recipients',
  'line_references',
  'attempts',
  'attempt_lines',
  'sends',
  'answers',
  'answer_bodies',
  'endings',
  'notifications',
  'notification_bodies',
  'resolutions',
  'chunks',
  'marks',
  'tallies',
];
const MIB = 1024 * 1024;
/** As many as a chunk has. */
const LINES_AT_ONCE = 500;

/** Vacuums each large table, and says what it takes. */
export async function measureStorage(client: Client): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (const table of LARGE) {
    const startedAt = performance.now();
    await client.query(`VACUUM ${table}`);
    const vacuumMs = performance.now() - startedAt;
    const { rows } = await client.query<{ rows: number }>(
      'SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = $1::regclass',
      [table],
    );
    stored.push({ table, rows: rows[0]?.rows ?? 0, ...(await sizeOf(client, table)), vacuumMs });
  }
  return stored;
}

/** Moves a tenth of the lines out and back, in chunks here and there, as sending moves them. */
export async function measureGrowth(
  client: Client,
  batches: readonly PlannedBatch[],
): Promise<Growth> {
  const before = await sizeOf(client, 'lines');
  const [updatesBefore, hotBefore] = await readUpdates(client);
  let chunks = 0;
  for (const { batchNo, lines } of batches) {
    for (let first = 1; first <= lines; first += LINES_AT_ONCE) {
      chunks += 1;
      if (chunks % 10 !== 0) continue;
      const range = [batchNo, first, first + LINES_AT_ONCE - 1];
      await client.query({ name: 'move-out', text: MOVE_OUT, values: range });
      await client.query({ name: 'move-back', text: MOVE_BACK, values: range });
    }
  }
  const after = await sizeOf(client, 'lines');
  const [updates, hot] = await readUpdates(client);
  return {
    updates: updates - updatesBefore,
    hotShare: (hot - hotBefore) / (updates - updatesBefore),
    tableMiB: [before.tableMiB, after.tableMiB],
    indexMiB: [before.indexMiB, after.indexMiB],
  };
}

const MOVE_OUT = `UPDATE lines SET state = 'sending', updated_at = clock_timestamp()
  WHERE batch_no = $1 AND seq BETWEEN $2 AND $3 AND state = 'succeeded'`;
const MOVE_BACK = `UPDATE lines SET state = 'succeeded', updated_at = clock_timestamp()
  WHERE batch_no = $1 AND seq BETWEEN $2 AND $3 AND state = 'sending'`;

async function sizeOf(
  client: Client,
  table: string,
): Promise<{ tableMiB: number; indexMiB: number }> {
  const { rows } = await client.query<{ bytes: string; index: string }>(
    'SELECT pg_table_size($1::regclass) AS bytes, pg_indexes_size($1::regclass) AS index',
    [table],
  );
  return { tableMiB: Number(rows[0]?.bytes) / MIB, indexMiB: Number(rows[0]?.index) / MIB };
}

/** How many rows of `lines` were updated ever, and how many of them in place. */
async function readUpdates(client: Client): Promise<[number, number]> {
  await client.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await client.query<{ updates: string; hot: string }>(
    `SELECT n_tup_upd AS updates, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE relname = 'lines'`,
  );
  return [Number(rows[0]?.updates), Number(rows[0]?.hot)];
}
