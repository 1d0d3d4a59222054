import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { Client } from 'pg';
import { askCli, eventually, runCli, startSystem, type System } from '@salio/testkit';
import { fileOf, useFolder } from './scratch.ts';

useFolder();

let system: System;
beforeAll(async () => {
  system = await startSystem(inject('services'), { workers: 1 });
});
afterAll(() => system?.[Symbol.asyncDispose]());

it('tells how a batch goes, object by object, until it is completed', async () => {
  await askCli(['submit', await fileOf('watched', 200), '--reference', 'watched'], system.cli);
  const watching = runCli(['watch', 'watched', '--json'], system.cli);
  await untilLooked();
  await askCli(['release', 'watched'], system.cli);
  const { code, stdout } = await watching;
  expect(code).toBe(0);
  const seen = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { state: string; done: number; lines: number });
  expect(seen[0]).toMatchObject({ state: 'checked', done: 0 });
  expect(seen.map(({ done }) => done)).toEqual(
    seen.map(({ done }) => done).toSorted((a, b) => a - b),
  );
  const last = seen.at(-1);
  expect(last).toMatchObject({ state: 'completed', states: { sent: expect.any(Number) } });
  expect(last?.done).toBe(last?.lines);
  const people = await runCli(['watch', 'watched'], system.cli);
  expect(people).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/is completed: sent \d+/),
  });
  const listed = await askCli(['batches'], system.cli);
  expect(listed).toMatchObject({
    clientReference: 'watched',
    states: { sent: expect.any(Number) },
  });
});

it('lets the doctor see who works', async () => {
  const { stdout } = await runCli(['doctor'], system.cli);
  expect(stdout).toMatch(/^workers +ok .*intake: 0 wait, 1 workers; .*chunks: 0 wait, 1 workers$/m);
});

it('ends with another status where the batch will not be paid', async () => {
  await askCli(['submit', await fileOf('dropped', 5), '--reference', 'dropped'], system.cli);
  await askCli(['cancel', 'dropped', '--reason', 'a test'], system.cli);
  expect(await runCli(['watch', 'dropped'], system.cli)).toMatchObject({ code: 5 });
  const again = ['submit', await fileOf('dropped', 5), '--reference', 'dropped', '--wait'];
  expect(await runCli(again, system.cli)).toMatchObject({ code: 5 });
  expect(await runCli(['watch', 'nowhere'], system.cli)).toMatchObject({ code: 3 });
});

/** A command starts in a second or two. */
const LOOKED = { timeoutMs: 30_000 };

/** Until a command has counted the lines of a batch. */
async function untilLooked(): Promise<void> {
  const owner = new Client({ connectionString: system.database.ownerUrl });
  await owner.connect();
  try {
    await eventually(async () => {
      const { rowCount } = await owner.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
           AND application_name = 'salio-cli' AND query LIKE '%tallies%' AND state = 'idle'`,
      );
      return rowCount === 1;
    }, LOOKED);
  } finally {
    await owner.end();
  }
}
