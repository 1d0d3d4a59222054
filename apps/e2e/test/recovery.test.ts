import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  askCli,
  countStates,
  eventually,
  runCli,
  type StartedProcess,
  startSystem,
  submitAndRelease,
  type System,
  untilState,
} from '@salio/testkit';
import { countCredits } from '../src/book.ts';
import { compare } from '../src/compare.ts';
import { makeRows } from '../src/recipients-file.ts';
import { fileOf, inFolder, services, useFolder, useOwnServices } from './scratch.ts';

/** Servers of our own: here Postgres is stopped, and restored from a backup. */
useOwnServices({ durability: 'durable' });
useFolder();

/** The provider's account of `startSystem`. */
const ACCOUNT = 'africastalking/salio-demo';
const SLICE = 16;
const LINES = 60;

async function agree(system: System, name: string) {
  await untilState(system, name, ['completed'], 60_000);
  const found = await compare(makeRows(LINES, name), name, {
    ownerUrl: system.database.ownerUrl,
    simulatorUrl: system.simulatorUrl,
  });
  expect(found.book.creditedTwice).toBe(0);
  return found;
}

/** How often a process has logged an event. */
function logged(app: StartedProcess | undefined, event: string): number {
  return app?.stderr().split(`"msg":"${event}"`).length ?? 0;
}

it('starts no call while answers can not be recorded, and a forced exit loses none of them', async () => {
  const journals = inFolder('journals');
  await using system = await startSystem(services, {
    workers: 1,
    // Answers come when Postgres is gone; one slice at a time is in flight.
    simulator: { LATENCY_MS: '1500' },
    worker: {
      CALLS_IN_FLIGHT: String(SLICE),
      CHUNKS_AT_ONCE: '1',
      LEASE_SECONDS: '6',
      REQUEST_TIMEOUT_MS: '4000',
      SEND_MARGIN_MS: '200',
      RESCUE_GRACE_MS: '500',
      ANSWER_JOURNAL_FOLDER: journals,
    },
  });
  const [worker] = system.workers;
  await submitAndRelease(system, await fileOf('forced', LINES), 'forced');
  await eventually(async () => (await countStates(system, 'forced'))['sending'] === SLICE);
  await services.postgres.stopImmediate();
  const tries = await eventually(() => logged(worker, 'answers.not_recorded') > 1 && 3);
  await eventually(() => logged(worker, 'answers.not_recorded') > tries);
  expect(await countCredits(system.simulatorUrl)).toBe(SLICE);

  worker?.kill('SIGTERM');
  await eventually(() => logged(worker, 'app.stopping') > 1);
  await eventually(() => logged(worker, 'answers.not_recorded') > tries + 2);
  worker?.kill('SIGTERM');
  expect(await worker?.exited).toEqual({ code: 1, signal: null });
  const [journal = ''] = await readdir(journals);
  expect((await stat(join(journals, journal))).mode & 0o777).toBe(0o600);
  expect(await countCredits(system.simulatorUrl)).toBe(SLICE);

  await services.postgres.start();
  await Promise.all([system.startWorker(), system.startWorker()]);
  const found = await agree(system, 'forced');
  expect(found.problems).toEqual([]);
  expect(found.unresolved).toBe(0);
  expect(await readdir(journals)).toEqual([]);
});

/** Two restarts of Postgres, and some twenty commands. */
const RECOVERED_MS = 300_000;

it(
  'sends nothing from a restored backup until two people have recovered it, and nothing twice',
  { timeout: RECOVERED_MS },
  async () => {
    await using system = await startSystem(services, { workers: 1 });
    // Before the backup: who comes after it is forgotten with it.
    const { amina, baraka } = await system.people({ amina: 'approver', baraka: 'approver' });
    await askCli(
      ['submit', await fileOf('restored', LINES), '--reference', 'restored'],
      system.cli,
    );
    system.workers[0]?.kill();
    await system.workers[0]?.exited;
    await askCli(['release', 'restored'], system.cli);
    await services.postgres.backUp();
    const worker = await system.startWorker();
    await untilState(system, 'restored', ['completed'], 60_000);
    expect(await countCredits(system.simulatorUrl)).toBe((await agree(system, 'restored')).sent);
    const credits = await countCredits(system.simulatorUrl);

    await services.postgres.restore();
    const [scheduler] = system.schedulers;
    await eventually(() => logged(scheduler, 'ledger.untrusted') > 1, { timeoutMs: 30_000 });
    expect(await untilState(system, 'restored', ['released'], 1_000)).toBe('released');
    for (const app of [worker, scheduler]) {
      const ready = await fetch(`http://127.0.0.1:${String(app?.ready['healthPort'])}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.text()).toContain('nothing is sent until two people ran salio recover');
    }
    expect((await runCli(['batches'], system.cli)).stdout).toContain('UNTRUSTED the database was');
    const shown = await askCli(['recover'], system.cli);
    expect(shown).toMatchObject({
      kind: 'untrusted',
      now: { timeline: 2 },
      claimable: [{ batch: 'released', state: 'pending', batches: 1 }],
    });

    const order = ['recover', '--reason', 'the disk died'];
    // It was restored to before its first claim, so it knows of no account.
    expect(await runCli(order, amina)).toMatchObject({ code: 4 });
    order.push('--account', ACCOUNT);
    expect(await askCli(order, amina)).toMatchObject({ kind: 'proposed' });
    expect(await runCli(order, amina)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('another person must confirm it'),
    });
    expect(await askCli(order, baraka)).toMatchObject({ kind: 'recovered' });
    await untilState(system, 'restored', ['completed'], 30_000);
    const states = await countStates(system, 'restored');
    expect(Object.keys(states)).toEqual(['unresolved']);
    expect(await countCredits(system.simulatorUrl)).toBe(credits);

    // The same phones and amounts: they may have been paid, so they wait.
    await askCli(['submit', await fileOf('equal', LINES), '--reference', 'equal'], system.cli);
    await askCli(['release', 'equal', '--repeats', String(LINES)], system.cli);
    await eventually(async () => (await countStates(system, 'equal'))['held'] === LINES);
    expect(await countCredits(system.simulatorUrl)).toBe(credits);
  },
);
