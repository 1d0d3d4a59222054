import { createProducer, type GivenRow } from '@salio/producer';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import {
  askCli,
  countStates,
  eventually,
  startSystem,
  submitAndRelease,
  type System,
  untilState,
} from '@salio/testkit';
import { countCredits } from '../src/book.ts';
import type { Comparison } from '../src/compare.ts';
import { makeRows } from '../src/recipients-file.ts';
import { expectAgreement, fileOf, services, useFolder, useOwnServices } from './scratch.ts';

/** Servers of our own: here they are emptied. */
useOwnServices();
useFolder();

const ROWS = 2_500;
/** Short, so that what a killed worker held is taken back within the test; long against a commit. */
const SHORT = {
  LEASE_SECONDS: '4',
  REQUEST_TIMEOUT_MS: '1500',
  SEND_MARGIN_MS: '200',
  RESCUE_GRACE_MS: '500',
};

async function flushAll(): Promise<void> {
  const redis = new Redis(services.redis.url);
  await redis.flushall();
  redis.disconnect();
}

async function agree(system: System, name: string): Promise<Comparison> {
  await untilState(system, name, ['completed'], 90_000);
  return expectAgreement(system, name, ROWS);
}

describe('when Redis is emptied', () => {
  it('completes a batch that was being taken in', async () => {
    await using system = await startSystem(services, { workers: 1 });
    await using producer = createProducer({
      redisUrl: system.cli['REDIS_URL'] ?? '',
      prefix: system.prefix,
      credential: system.cli['SOURCE_CREDENTIAL'] ?? '',
      settings: { ackTimeoutMs: 1_000, window: 2 },
    });
    const submission = await producer.submitBatch({
      clientReference: 'intake',
      rows: flushedMidway(makeRows(ROWS, 'intake')),
    });
    await flushAll();
    expect((await producer.waitForVerdict(submission)).verdict).toBe('accepted');
    await askCli(['release', 'intake'], system.cli);
    expect((await agree(system, 'intake')).unresolved).toBe(0);
  });

  it('completes a batch that was released and had not begun', async () => {
    await using system = await startSystem(services, { workers: 0 });
    const helper = await system.startWorker({ CHUNKS_AT_ONCE: '1' });
    await askCli(['stop', '--reason', 'before the flood'], system.cli);
    await submitAndRelease(system, await fileOf('released', ROWS), 'released');
    await askCli(['start'], system.cli);
    helper.kill('SIGSTOP');
    await flushAll();
    helper.kill('SIGCONT');
    expect((await agree(system, 'released')).unresolved).toBe(0);
  });

  it('completes a batch that is being sent', async () => {
    await using system = await startSystem(services, { simulator: { LATENCY_MS: '20' } });
    await submitAndRelease(system, await fileOf('sending', ROWS), 'sending');
    await eventually(async () => (await countCredits(system.simulatorUrl)) > 200);
    await flushAll();
    await eventually(async () => (await countCredits(system.simulatorUrl)) > 1_000, {
      timeoutMs: 60_000,
    });
    await flushAll();
    expect((await agree(system, 'sending')).unresolved).toBe(0);
  });
});

describe('when a worker goes', () => {
  it('leaves at most its calls in flight unresolved after SIGKILL', async () => {
    const calls = 16;
    await using system = await startSystem(services, {
      workers: 1,
      simulator: { LATENCY_MS: '100' },
      worker: { ...SHORT, CALLS_IN_FLIGHT: String(calls), CHUNKS_AT_ONCE: '2' },
    });
    await submitAndRelease(system, await fileOf('killed', ROWS), 'killed');
    await eventually(async () => (await countCredits(system.simulatorUrl)) > 100);
    system.workers[0]?.kill('SIGKILL');
    await system.workers[0]?.exited;
    await system.startWorker({ CALLS_IN_FLIGHT: '64', CHUNKS_AT_ONCE: '4' });
    const found = await agree(system, 'killed');
    expect(found.unresolved).toBeGreaterThan(0);
    expect(found.unresolved).toBeLessThanOrEqual(calls);
  });

  it('leaves nothing unresolved after SIGTERM', async () => {
    await using system = await startSystem(services, {
      workers: 1,
      simulator: { LATENCY_MS: '100' },
      worker: SHORT,
    });
    await submitAndRelease(system, await fileOf('asked', ROWS), 'asked');
    await eventually(async () => (await countCredits(system.simulatorUrl)) > 100);
    system.workers[0]?.kill('SIGTERM');
    expect(await system.workers[0]?.exited).toMatchObject({ code: 0 });
    const states = await countStates(system, 'asked');
    expect(states['sending']).toBeUndefined();
    expect(states['queued']).toBeGreaterThan(0);
    await system.startWorker();
    expect((await agree(system, 'asked')).unresolved).toBe(0);
  });
});

it('stops new claims of a paused batch at once and goes on when it is resumed', async () => {
  await using system = await startSystem(services, {
    simulator: { LATENCY_MS: '100' },
    // Slow enough that the batch is not over before the command line has started.
    worker: { CALLS_IN_FLIGHT: '16' },
  });
  await submitAndRelease(system, await fileOf('paused', ROWS), 'paused');
  await eventually(async () => (await countCredits(system.simulatorUrl)) > 100);
  await askCli(['pause', 'paused', '--reason', 'lunch'], system.cli);
  await eventually(async () => ((await countStates(system, 'paused'))['sending'] ?? 0) === 0);
  const credits = await countCredits(system.simulatorUrl);
  expect((await countStates(system, 'paused'))['queued']).toBeGreaterThan(0);
  expect(await countCredits(system.simulatorUrl)).toBe(credits);
  await askCli(['resume', 'paused'], system.cli);
  await agree(system, 'paused');
});

/** Empties Redis twice while the rows are read. */
async function* flushedMidway(rows: Iterable<GivenRow>): AsyncGenerator<GivenRow> {
  let read = 0;
  for (const row of rows) {
    read += 1;
    if (read === 1_200 || read === 2_200) await flushAll();
    yield row;
  }
}
