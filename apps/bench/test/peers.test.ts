import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess, startProcess, testPrefix, type StartedProcess } from '@salio/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Job } from '../src/job.ts';
import { writeRows } from '../src/rows.ts';

const services = inject('services');
const SOURCE = join(import.meta.dirname, '../src');
const SIMULATOR = join(import.meta.dirname, '../../simulator/src/main.ts');
const ACCOUNT = { username: 'bench-test', apiKey: 'key' };
const LINES = 300;

describe.each([
  ['limit/straight-line', 1],
  ['limit/straight-line', 50],
  ['peers/bullmq', 1],
  ['peers/bullmq-50', 50],
  ['peers/pg-boss', 1],
  ['peers/graphile-worker', 1],
  ['peers/dbos', 50],
])('%s with %i recipients a request', (name, recipientsPerRequest) => {
  it('records each row of the file once, and is credited for each once', async () => {
    await using simulator = await startSimulator();
    await using prefix = testPrefix(services, 'bench');
    const databaseUrl = await createDatabase();
    const job: Job = {
      ...ACCOUNT,
      file,
      lines: LINES,
      recipientsPerRequest,
      callsInFlight: 8,
      databaseUrl,
      redisUrl: services.redis.url,
      redisPrefix: prefix.prefix,
      airtimeUrl: String(simulator.ready['url']),
    };
    const end = await runProcess({
      file: join(SOURCE, `${name}.ts`),
      name,
      args: [JSON.stringify(job)],
    });
    expect(end).toMatchObject({ code: 0 });
    expect(JSON.parse(end.stdout)).toEqual({ lines: LINES, seconds: expect.any(Number) });
    const recorded = await readRecorded(databaseUrl);
    expect(recorded).toHaveLength(LINES);
    expect(recorded).toEqual(await readCredited(job.airtimeUrl));
  });
});

let folder = '';
let file = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'salio-bench-'));
  file = join(folder, 'rows.csv');
  await writeRows(file, LINES);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function startSimulator(): Promise<StartedProcess> {
  return startProcess({
    file: SIMULATOR,
    name: 'simulator',
    env: {
      PORT: '0',
      LOG_LEVEL: 'warn',
      AIRTIME_USERNAME: ACCOUNT.username,
      AIRTIME_API_KEY: ACCOUNT.apiKey,
    },
  });
}

/** Empty; dropped with the others of this run. */
async function createDatabase(): Promise<string> {
  const url = new URL(services.postgres.url);
  const name = `${services.runId}_${randomBytes(6).toString('hex')}`;
  await ask(url.href, `CREATE DATABASE "${name}"`);
  url.pathname = `/${name}`;
  return url.href;
}

/** Of each line the request id, in the order of the file. */
type Ids = readonly { readonly line: number; readonly requestId: string }[];

function readRecorded(databaseUrl: string): Promise<Ids> {
  return ask<Ids[number]>(
    databaseUrl,
    `SELECT line, request_id AS "requestId" FROM results
    WHERE status = 'Sent' AND discount LIKE 'KES %' ORDER BY line`,
  );
}

async function readCredited(airtimeUrl: string): Promise<Ids> {
  const phones = (await readFile(file, 'utf8')).split('\n').map((row) => row.split(',')[0]);
  const answer = await fetch(`${airtimeUrl}/simulator/book`);
  // safe because the simulator is ours
  const { entries } = (await answer.json()) as { entries: { phone: string; requestId: string }[] };
  return entries
    .map(({ phone, requestId }) => ({ line: phones.indexOf(phone), requestId }))
    .toSorted((one, other) => one.line - other.line);
}

async function ask<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
