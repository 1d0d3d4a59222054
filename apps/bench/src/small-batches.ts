import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openLedger, releaseBatch, type Ledger } from '@salio/ledger';
import { createProducer, type Producer } from '@salio/producer';
import { askCli, eventually, startSystem, untilState, type System } from '@salio/testkit';
import { COUNT_STATEMENTS, startMachine } from './machine.ts';
import { watchProcesses } from './measure/processes.ts';
import { CALLS_IN_FLIGHT } from './race.ts';
import { writeStatements } from './salio.ts';
import { writeRows } from './rows.ts';
import { percentilesOf } from './percentiles.ts';
import { columns } from './table.ts';

export interface SmallBatchesPlan {
  /** Of one line each. */
  readonly batches: number;
  /** Where to write what each statement took, of the larger number. */
  readonly profileFolder: string | undefined;
  readonly say: (text: string) => void;
}

/** Calls of the producer at once, as from a system that pays each reward when it is earned. */
const CALLS_AT_ONCE = 64;
/** The first figure is of so many; the last of all. */
const SHARE = 10;
/** Of the batch behind which single lines are sent. */
const LARGE_LINES = 1_000_000;
/** Single lines while the large batch runs, and the time between them. */
const SINGLES = 100;
const SINGLE_EVERY_MS = 250;
const OPERATOR = 'bench';
const TIMEOUT_MS = 3_600_000;
/** Behind the phones of the large batch. */
const FIRST_SINGLE = 8_000_000;

/** Very many batches of one line: what each costs, with few and with many; and how long one waits behind a large batch. */
export async function measureSmallBatches(
  plan: SmallBatchesPlan,
): Promise<{ table: string; json: object }> {
  const few = await payBatches(Math.max(1, Math.round(plan.batches / SHARE)));
  plan.say(`${few.batches} batches of one line: ${Math.round(few.perSecond)} batches/s`);
  const many = await payBatches(plan.batches, plan.profileFolder);
  plan.say(`${many.batches} batches of one line: ${Math.round(many.perSecond)} batches/s`);
  const large = Math.min(LARGE_LINES, plan.batches * SHARE);
  const waits = await paySingles(large);
  const table = columns([
    ['batches of one line', 'batches/s', 'CPU ms per batch', 'while sending: batches/s'],
    ...[few, many].map((found) => [
      String(found.batches),
      String(Math.round(found.perSecond)),
      found.cpuMsPerBatch.toFixed(2),
      String(Math.round(found.sendingPerSecond)),
    ]),
  ]);
  const { p50, p95 } = percentilesOf(waits.map(Math.round));
  return {
    table: `${table}\n${waits.length} single lines behind ${large}: from submit to sent p50 ${p50} ms, p95 ${p95} ms`,
    json: { few, many, single: { behind: large, lines: waits.length, p50Ms: p50, p95Ms: p95 } },
  };
}

interface Paid {
  readonly batches: number;
  readonly perSecond: number;
  /** Released and waiting all at once, to the last one that is completed. */
  readonly sendingPerSecond: number;
  /** Of everything but the producer. */
  readonly cpuMsPerBatch: number;
}

async function payBatches(batches: number, profileFolder?: string): Promise<Paid> {
  const watch = watchProcesses();
  try {
    await using scene = await openScene(profileFolder === undefined ? [] : COUNT_STATEMENTS);
    await watch.take();
    const startedAt = performance.now();
    await atOnce(batches, async (index) => await submitOne(scene, index));
    await stopAll(scene.ledger, true);
    await atOnce(batches, (index) => release(scene, index));
    const releasedAt = performance.now();
    await stopAll(scene.ledger, false);
    await eventually(
      async () => {
        const open = await countOpen(scene.ledger);
        if (open > 0) throw new Error(`${open} batches are open`);
        return true;
      },
      { timeoutMs: TIMEOUT_MS, everyMs: 200 },
    );
    const endedAt = performance.now();
    const usage = await watch.take();
    if (profileFolder !== undefined) {
      const file = join(profileFolder, 'statements.txt');
      await writeStatements(scene.system.database.ownerUrl, file);
    }
    const cpu = [...usage.values()].reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
    return {
      batches,
      perSecond: (batches * 1000) / (endedAt - startedAt),
      sendingPerSecond: (batches * 1000) / (endedAt - releasedAt),
      cpuMsPerBatch: (cpu * 1000) / batches,
    };
  } finally {
    watch.stop();
  }
}

/** How long single lines take from submit to sent, ms, while a large batch is being sent. */
async function paySingles(large: number): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'salio-small-'));
  try {
    await using scene = await openScene();
    const file = join(folder, 'rows.csv');
    await writeRows(file, large);
    const { system } = scene;
    await askCli(['submit', file, '--reference', 'large'], system.cli);
    await askCli(['release', 'large'], system.cli);
    const waits: Promise<number>[] = [];
    for (let index = 0; index < SINGLES; index += 1) {
      if ((await stateOf(scene.ledger, 'large')) === 'completed') break;
      waits.push(paySingle(scene, FIRST_SINGLE + index));
      await delay(SINGLE_EVERY_MS);
    }
    const found = await Promise.all(waits);
    await untilState(system, 'large', ['completed'], TIMEOUT_MS);
    return found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function paySingle(scene: Scene, index: number): Promise<number> {
  const startedAt = performance.now();
  await submitOne(scene, index);
  await release(scene, index);
  await eventually(
    async () => (await stateOf(scene.ledger, nameOf(index))) === 'completed' || undefined,
    { timeoutMs: TIMEOUT_MS, everyMs: 10 },
  );
  return performance.now() - startedAt;
}

interface Scene extends AsyncDisposable {
  readonly system: System;
  readonly producer: Producer;
  readonly ledger: Ledger;
}

async function openScene(settings: readonly string[] = []): Promise<Scene> {
  await using opening = new AsyncDisposableStack();
  const services = opening.use(await startMachine(settings));
  const system = opening.use(
    await startSystem(services, {
      workers: 1,
      simulator: { WALLET_BALANCE: '1000000000000' },
      worker: { LOG_LEVEL: 'warn', CALLS_IN_FLIGHT: String(CALLS_IN_FLIGHT) },
    }),
  );
  const { cli } = system;
  const producer = opening.use(
    createProducer({
      redisUrl: cli['REDIS_URL'] ?? '',
      prefix: cli['QUEUE_PREFIX'] ?? '',
      credential: cli['SOURCE_CREDENTIAL'] ?? '',
    }),
  );
  const ledger = opening.use(openLedger({ url: cli['DATABASE_URL'] ?? '', name: 'salio-bench' }));
  const open = opening.move();
  return { system, producer, ledger, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

async function submitOne({ producer }: Scene, index: number): Promise<void> {
  const phone = `+2547${String(10_000_000 + (index % 9_000_000)).padStart(8, '0')}`;
  const amount = String(10 + (index % 90));
  const rows = [{ phone: phone.replace(/99\d\d$/, '0000'), amount, currency: 'KES' }];
  const submission = await producer.submitBatch({ clientReference: nameOf(index), rows });
  await producer.waitForVerdict(submission);
}

async function release({ ledger }: Scene, index: number): Promise<void> {
  const { rows } = await ledger.pool.query<{ id: string }>({
    name: 'bench-batch-id',
    text: `SELECT id FROM batches WHERE source = 'payroll' AND client_reference = $1`,
    values: [nameOf(index)],
  });
  const batchId = rows[0]?.id as Parameters<typeof releaseBatch>[1]['batchId']; // safe because the column is a batch id
  await releaseBatch(ledger, { batchId, operator: OPERATOR, reason: 'benchmark' });
}

function nameOf(index: number): string {
  return `reward-${index}`;
}

/** The whole system stopped, or started: so that all batches are open at once. */
async function stopAll(ledger: Ledger, stopped: boolean): Promise<void> {
  await ledger.pool.query(`UPDATE controls SET stopped = $1 WHERE scope = 'system'`, [stopped]);
}

async function countOpen(ledger: Ledger): Promise<number> {
  const { rows } = await ledger.pool.query<{ open: number }>(
    'SELECT count(*)::int AS open FROM turns',
  );
  return rows[0]?.open ?? 0;
}

async function stateOf(ledger: Ledger, name: string): Promise<string | undefined> {
  const { rows } = await ledger.pool.query<{ state: string }>({
    name: 'bench-batch-state',
    text: `SELECT state FROM batches WHERE source = 'payroll' AND client_reference = $1`,
    values: [name],
  });
  return rows[0]?.state;
}

/** Does something for 0 to `count` - 1, several at once. */
async function atOnce(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const run = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, run));
}
