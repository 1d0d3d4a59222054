/** The least that can be done: read the file, post it, copy the answers into a table. No queue, no ledger, no second try. */
import { Client } from 'pg';
import { finish, readJob } from '../job.ts';
import { readRows } from '../program/read-rows.ts';
import { openSender } from '../program/sender.ts';
import { startCopier } from './copier.ts';

const job = readJob();
const sender = openSender(job);
const database = new Client({ connectionString: job.databaseUrl });
await database.connect();
await database.query(
  'CREATE TABLE results (line integer, status text, discount text, request_id text, amount text)',
);

const startedAt = performance.now();
const copier = startCopier(database);
const pieces = readRows(job.file, job.recipientsPerRequest);
await Promise.all(Array.from({ length: job.callsInFlight }, sendPieces));
await copier.end();
const seconds = (performance.now() - startedAt) / 1000;

const { rows } = await database.query<{ lines: number }>(
  'SELECT count(DISTINCT line)::int AS lines FROM results',
);
finish({ lines: rows[0]?.lines ?? 0, seconds });
await Promise.all([sender.close(), database.end()]);

/** One of as many as there may be calls in flight; an async generator serves them in turn. */
async function sendPieces(): Promise<void> {
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    await copier.add(await sender.send(next.value));
  }
}
