import { addChunkJobs, connectRedis, disconnectRedis, openChunkQueue } from '@salio/queue';
import { Client } from 'pg';
import { describe, expect, inject, it } from 'vitest';
import {
  askCli,
  countStates,
  runCli,
  startSystem,
  submitAndRelease,
  type System,
  untilState,
} from '@salio/testkit';
import { expectAgreement, fileOf, useFolder } from './scratch.ts';

useFolder();

describe.each([
  { recipients: '1', rows: 2_000 },
  { recipients: '50', rows: 2_000 },
])('with $recipients recipients per request', ({ recipients, rows }) => {
  it('pays every good row of a file once, and the ledger agrees with the book line by line', async () => {
    await using system = await startSystem(inject('services'), {
      worker: { RECIPIENTS_PER_REQUEST: recipients },
    });
    const name = `whole-${recipients}`;
    await submitAndRelease(system, await fileOf(name, rows), name);
    await untilState(system, name, ['completed'], 90_000);
    const found = await expectAgreement(system, name, rows);
    expect(found.sent).toBeGreaterThan(0);
    expect(found.unresolved).toBe(0);
    const report = await askCli(['report', name], system.cli);
    expect(report['states']).toMatchObject({ sent: found.sent, failed: found.failed });
    await expectFound(system, name);
  });
});

/** A line is found again by everything that people know of it. */
async function expectFound(system: System, name: string): Promise<void> {
  const show = ['--phones', '--limit', '1'];
  const line = await askCli(['lines', name, '--state', 'sent', ...show], system.cli);
  for (const [option, known] of [
    ['--reference', line['reference']],
    ['--request-id', line['requestId']],
    ['--phone', line['msisdn']],
  ] as const) {
    const found = await askCli(['find', option, String(known), ...show], system.cli);
    expect(found).toMatchObject({ seq: line['seq'], state: 'sent', clientReference: name });
  }
  const refused = await runCli(['find', '--phone', '0711'], system.cli);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--phone')]);
}

it('lets two workers fight for the same chunks and credits each line once', async () => {
  await using system = await startSystem(inject('services'), {
    workers: 2,
    schedulers: 0,
    simulator: { LATENCY_MS: '5' },
    worker: { CHUNK_LINES: '50' },
  });
  const rows = 1_000;
  await submitAndRelease(system, await fileOf('fight', rows), 'fight');
  await summonForEveryChunk(system, 6);
  await using database = await connect(system.database.ownerUrl);
  await expect
    .poll(async () => (await countStates(system, 'fight'))['queued'] ?? 0, {
      timeout: 60_000,
      interval: 100,
    })
    .toBe(0);
  await untilState(system, 'fight', ['completed'], 30_000);
  const found = await expectAgreement(system, 'fight', rows);
  expect(found.unresolved).toBe(0);
  const leased = await database.client.query('SELECT DISTINCT worker FROM sends');
  expect(leased.rows).toHaveLength(2);
});

/** Puts several jobs for every chunk into Redis, as a Redis that repeats itself would. */
async function summonForEveryChunk(system: System, times: number): Promise<void> {
  await using database = await connect(system.database.ownerUrl);
  const { rows } = await database.client.query<{ batch_no: number; chunk: number }>(
    'SELECT batch_no, chunk FROM chunks ORDER BY chunk',
  );
  const redis = connectRedis(inject('services').redis.url, 'worker', () => undefined);
  const queue = openChunkQueue(redis, system.prefix, () => undefined);
  try {
    for (let generation = 1; generation <= times; generation += 1) {
      await addChunkJobs(
        queue,
        rows.map((row) => ({ batchNo: row.batch_no, chunk: row.chunk, generation, priority: 1 })),
      );
    }
  } finally {
    await queue.close();
    disconnectRedis(redis);
  }
}

async function connect(url: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}
