import { count, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { Pool } from 'pg';
import type { Answer } from './answer.ts';

/** Where a peer records answers. */
export interface Results {
  /** One statement and one commit, however many. Twice is once: queues deliver at least once. */
  record(answers: readonly Answer[]): Promise<unknown>;
  /** How many different lines are recorded. */
  count(): Promise<number>;
  close(): Promise<void>;
}

/** Commits wait for the disk: the more of them wait together, the fewer flushes. Half of the usual calls in flight. */
const CONNECTIONS = 32;

const results = pgTable('results', {
  line: integer().primaryKey(),
  status: text().notNull(),
  discount: text().notNull(),
  requestId: text('request_id').notNull(),
  amount: text().notNull(),
});

/** Makes the table, with all connections open. The statement for one row is prepared once, as drizzle's page on performance advises. */
export async function openResults(databaseUrl: string): Promise<Results> {
  const pool = new Pool({ connectionString: databaseUrl, max: CONNECTIONS, idleTimeoutMillis: 0 });
  await pool.query(
    `CREATE TABLE results (line integer PRIMARY KEY, status text NOT NULL, discount text NOT NULL,
      request_id text NOT NULL, amount text NOT NULL)`,
  );
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.connect()));
  for (const client of clients) client.release();
  const database = drizzle({ client: pool });
  const insertOne = database
    .insert(results)
    .values({
      line: sql.placeholder('line'),
      status: sql.placeholder('status'),
      discount: sql.placeholder('discount'),
      requestId: sql.placeholder('requestId'),
      amount: sql.placeholder('amount'),
    })
    .onConflictDoNothing()
    .prepare('record');
  return {
    async record(answers) {
      const [first] = answers;
      if (first && answers.length === 1) await insertOne.execute({ ...first });
      else
        await database
          .insert(results)
          .values([...answers])
          .onConflictDoNothing();
    },
    async count() {
      const [row] = await database.select({ lines: count() }).from(results);
      return row?.lines ?? 0;
    },
    close: () => pool.end(),
  };
}
