import { setTimeout as delay } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { run, type Queryable } from '../sql.ts';
import type { FactTable } from './fact-tables.ts';

/** The last number that was given in each table, as text; 0 where none was. Rows with it may not be there, or not yet. */
export async function readBounds(
  on: Queryable,
  tables: readonly FactTable[],
): Promise<Map<string, bigint>> {
  const rows = await run<{ name: string; last: string }>(on, READ_LAST, [
    tables.map(({ table }) => table),
    tables.map(({ number }) => number),
  ]);
  return new Map(rows.map(({ name, last }) => [name, BigInt(last)]));
}

/**
 * Waits until every transaction is over that may still bring a fact with a number below bounds that were read before, at most
 * `patienceMs`. Returns the tables where one goes on: nothing of them may be sealed now.
 *
 * Why no fact below a bound can appear later in the other tables: whoever inserts takes RowExclusiveLock on the table before
 * its statement runs, so before it draws a number, and keeps it to the end of its transaction, whether that has a transaction
 * id yet or not. So a number at or below the bound was drawn by a transaction that is over, or that has the lock when we look,
 * which is after the bound was read. The lock goes after the transaction became visible, and each of our statements sees what
 * was committed before it (READ COMMITTED). A transaction that is prepared passes its locks on to another name: therefore any
 * prepared one counts. Numbers of transactions that were rolled back never come: they are gaps for ever.
 *
 * A crash could make the sequence forget numbers that we saw and give them again. Therefore bounds are read, waited for and
 * sealed on one connection in one transaction, which no crash leaves alive, and its commit makes the sequence durable too:
 * what it logged lies before.
 */
export async function waitForInserters(
  client: PoolClient,
  tables: readonly string[],
  patienceMs: number,
): Promise<ReadonlySet<string>> {
  const until = performance.now() + patienceMs;
  const first = await readInserters(client, tables);
  let running = first;
  for (let pauseMs = PAUSE_MIN_MS; running.length > 0; pauseMs = nextPause(pauseMs)) {
    if (performance.now() + pauseMs > until) break;
    await delay(pauseMs);
    const now = await readInserters(client, tables);
    running = now.filter((one) => one.prepared || first.some((other) => isSame(one, other)));
  }
  return new Set(running.map(({ table }) => table));
}

interface Inserter {
  table: string;
  transaction: string;
  prepared: boolean;
}

/** Most transactions that insert are over within some 20 ms. */
const PAUSE_MIN_MS = 10;
const PAUSE_MAX_MS = 200;
const nextPause = (ms: number) => Math.min(ms * 2, PAUSE_MAX_MS);

const isSame = (one: Inserter, other: Inserter) =>
  one.table === other.table && one.transaction === other.transaction;

async function readInserters(
  client: PoolClient,
  tables: readonly string[],
): Promise<readonly Inserter[]> {
  return run<Inserter>(client, READ_INSERTERS, [tables]);
}

const READ_LAST = {
  name: 'read-last-numbers',
  text: `SELECT name, coalesce(pg_sequence_last_value(pg_get_serial_sequence(name, number)::regclass), 0)::text AS last
    FROM unnest($1::text[], $2::text[]) AS t (name, number)`,
};

/** Stronger locks than an INSERT's count too: who has one may insert. Prepared transactions have no backend. */
const READ_INSERTERS = {
  name: 'read-inserters',
  text: `SELECT DISTINCT t.name AS table, l.virtualtransaction AS transaction,
      l.virtualtransaction LIKE '-1/%' AS prepared
    FROM pg_locks l JOIN unnest($1::text[]) AS t (name) ON l.relation = t.name::regclass
    WHERE l.locktype = 'relation' AND l.granted
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`,
};
