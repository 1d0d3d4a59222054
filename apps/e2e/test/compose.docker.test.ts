import { join } from 'node:path';
import { eventually } from '@salio/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countCredits } from '../src/book.ts';
import { compare } from '../src/compare.ts';
import { makeRows, writeFile } from '../src/recipients-file.ts';
import { composeProject, type ComposeProject } from './compose-project.ts';

const REFERENCE = 'compose';
const ROWS = 3_000;
/** What one worker has in flight: all that its death can leave in doubt. */
const CALLS_IN_FLIGHT = 64;
/** Short, so that what a killed worker held is taken back within the test; long against a commit. */
const TIMES = {
  LEASE_SECONDS: '10',
  REQUEST_TIMEOUT_MS: '4000',
  RESCUE_GRACE_MS: '500',
};
/** So that the test may look at the book and into the database; and a provider that takes its time, to be caught at work. */
const OVER = {
  services: {
    worker: { environment: TIMES },
    scheduler: { environment: { ...TIMES, ADOPT_GRACE_SECONDS: '0' } },
    postgres: { ports: ['127.0.0.1::5432'] },
    simulator: { ports: ['127.0.0.1::4010'], environment: { LATENCY_MS: '500' } },
  },
  networks: { ledger: { internal: false } },
};

let project: ComposeProject;
beforeAll(async () => {
  project = await composeProject(OVER);
});
afterAll(() => project[Symbol.asyncDispose]());

/** Containers of a service that run, by their ids. */
async function running(service: string): Promise<string[]> {
  const ids = await project.compose('ps', '--quiet', '--status', 'running', service);
  return ids.split('\n').filter((id) => id !== '');
}

async function ownerUrl(): Promise<string> {
  const password = await project.compose(
    'exec',
    '-T',
    'postgres',
    'cat',
    '/run/salio/POSTGRES_PASSWORD',
  );
  return `postgres://salio_owner:${password}@${await project.addressOf('postgres', 5432)}/salio`;
}

it('comes up with one command, pays a batch once though a worker is killed, and stops cleanly', async () => {
  const { compose, salio } = project;
  await compose('up', '--detach', '--build', '--wait');

  const { credential } = Object(await salio(['source', 'add', 'payroll']));
  await writeFile(join(project.files, 'payroll.csv'), makeRows(ROWS, REFERENCE));
  const submit = ['submit', 'payroll.csv', '--reference', REFERENCE];
  const verdict = await salio(submit, { SOURCE_CREDENTIAL: String(credential) });
  expect(verdict).toMatchObject({ verdict: 'accepted', state: 'checked', rows: ROWS });
  await salio(['release', REFERENCE, '--reason', 'as agreed']);

  const simulatorUrl = `http://${await project.addressOf('simulator', 4010)}`;
  await eventually(async () => (await countCredits(simulatorUrl)) > 200, { timeoutMs: 60_000 });
  const [victim = 'none'] = await running('worker');
  await project.docker('kill', victim);
  expect(await running('worker')).toEqual([]);
  expect(await countCredits(simulatorUrl)).toBeLessThan(ROWS / 2);

  await compose('up', '--detach', '--wait', '--no-recreate', '--scale', 'worker=3');
  expect(await running('worker')).toHaveLength(3);
  await eventually(
    async () => expect(await salio(['batch', REFERENCE])).toMatchObject({ state: 'completed' }),
    { timeoutMs: 180_000, everyMs: 2_000 },
  );

  const at = { ownerUrl: await ownerUrl(), simulatorUrl };
  const found = await eventually(
    async () => {
      const compared = await compare(makeRows(ROWS, REFERENCE), REFERENCE, at);
      // What the death left in doubt is found again by the provider's news, where it was paid.
      expect(compared.succeeded).toBe(compared.book.credited);
      return compared;
    },
    { timeoutMs: 120_000, everyMs: 1_000 },
  );
  expect(found.problems).toEqual([]);
  expect(found.book.creditedTwice).toBe(0);
  expect(found.unresolved).toBeLessThanOrEqual(CALLS_IN_FLIGHT);
  expect(found.sent + found.failed + found.unresolved).toBe(found.accepted);

  await compose('stop');
  const ends = await compose('ps', '--all', '--format', '{{.Service}} {{.ExitCode}}');
  expect(ends.split('\n').filter((end) => !end.endsWith(' 0'))).toEqual([]);
});
