import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRedis, disconnectRedis, type RedisConnection } from '@salio/queue';

import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import {
  askCli,
  countStates,
  runCli,
  startSystem,
  type Environment,
  type System,
  untilState,
} from '@salio/testkit';
import { readBook } from '../src/book.ts';

const HEAD = 'phone,amount,currency,reference,note';
export const ENDS_MS = 60_000;
export const HOUR = 3_600_000;

export let folder: string;
export let system: System;
export let owner: Client;
export let redis: RedisConnection;
export let replies: RedisConnection;
let errors: Error[] = [];
export const onError = (error: Error) => void errors.push(error);

/** Salio as processes for one test file, its ops API with these settings; after each test the worker must be alive and discreet. */
export function useScene(api: Environment = {}): void {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'salio-bad-'));
    system = await startSystem(inject('services'), {
      workers: 1,
      schedulers: 1,
      // Only people ask the provider here.
      scheduler: { AIRTIME_USERNAME: '' },
      // Nobody waits eight hours here until people may call a line unpaid.
      api: { UNPAID_AFTER_SECONDS: '0.1', ...api },
    });
    owner = new Client({ connectionString: system.database.ownerUrl });
    await owner.connect();
    redis = connectRedis(inject('services').redis.url, 'worker', onError);
    replies = connectRedis(inject('services').redis.url, 'blocking', onError);
  });
  afterAll(async () => {
    for (const connection of [redis, replies]) if (connection) disconnectRedis(connection);
    await owner?.end();
    await system?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  afterEach(expectAliveAndDiscreet);
}

/** Whatever a test did: the worker is the one that we started, and keeps phones and secrets to itself. */
async function expectAliveAndDiscreet(): Promise<void> {
  const [worker] = system.workers;
  const running = Promise.resolve('running');
  expect(await Promise.race([worker?.exited, running])).toBe('running');
  const said = `${worker?.stderr()}${worker?.stdout()}${system.schedulers[0]?.stderr()}`;
  expect(said).not.toMatch(/\+?254[17]\d{8}|\b0[17]\d{8}\b/);
  expect(said).not.toContain('demo-key');
  expect(said).not.toContain(system.cli['LEDGER_PRIVATE_KEY']);
  expect(errors).toEqual([]);
}

export async function fileOf(name: string, lines: readonly string[]): Promise<string> {
  const path = join(folder, `${name}.csv`);
  await writeFile(path, `${[HEAD, ...lines].join('\n')}\n`);
  return path;
}

/** Phones of one test differ from those of every other: `series` is two digits. */
export const phone = (series: string, number: number) =>
  `+25471${series}0${String(number).padStart(4, '0')}`;
export const goodRows = (series: string, count: number) =>
  Array.from(
    { length: count },
    (_, at) => `${phone(series, at + 1)},${at + 10},KES,${series}-${at + 1},`,
  );

export const submit = (file: string, name: string, ...more: string[]) =>
  askCli(['submit', file, '--reference', name, ...more], system.cli);

/** Runs `salio` where it must fail: its exit status, and the error that it gives to programs. */
export async function failure(
  ...args: string[]
): Promise<{ code: number | null; error: string; message: string }> {
  const { code, stdout } = await runCli([...args, '--json'], system.cli);
  const said: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) || '{}');
  const { error, message } = Object.assign({ error: '', message: '' }, said);
  return { code, error, message };
}

export const stateOf = async (name: string) => (await askCli(['batch', name], system.cli))['state'];

export async function credited(series: string): Promise<string[]> {
  const book = await Array.fromAsync(readBook(system.simulatorUrl));
  const ours = book.filter((entry) => entry.phone.startsWith(`+25471${series}`));
  return ours.map((entry) => `${entry.phone} ${entry.currency} ${entry.amount}`).toSorted();
}

export async function expectUnpayable(name: string): Promise<void> {
  // Not there where the file failed before its first page was sent; else there and not to be released.
  expect(['CONFLICT', 'NOT_FOUND']).toContain((await failure('release', name)).error);
  expect(await countStates(system, name)).toEqual({});
  const chunks = await owner.query(
    `SELECT 1 FROM chunks c JOIN submissions s ON s.no = c.batch_no JOIN batches b ON b.id = s.batch_id
     WHERE b.client_reference = $1`,
    [name],
  );
  expect(chunks.rowCount).toBe(0);
}

export async function paysAGoodBatch(name: string, series: string): Promise<void> {
  await submit(await fileOf(name, goodRows(series, 3)), name);
  await askCli(['release', name], system.cli);
  await untilState(system, name, ['completed'], ENDS_MS);
  expect(await credited(series)).toHaveLength(3);
}

/** What stands in the file, and what must become of it: a reason, or the amount that is paid in ten-thousandths. */
