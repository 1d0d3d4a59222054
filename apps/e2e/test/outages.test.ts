import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import {
  askCli,
  countStates,
  eventually,
  type StartedProcess,
  startProcess,
  startSystem,
  submitAndRelease,
  type System,
  untilState,
} from '@salio/testkit';
import { countCredits } from '../src/book.ts';
import { makeRows } from '../src/recipients-file.ts';
import {
  expectAgreement,
  fileOf,
  inFolder,
  services,
  useFolder,
  useOwnServices,
} from './scratch.ts';

useOwnServices();
useFolder();

const ROWS = 1_500;
const CALLS = 8;
/** Short, so that the patience ends within the test. */
const SHORT = {
  CALLS_IN_FLIGHT: String(CALLS),
  CHUNKS_AT_ONCE: '2',
  NOT_SENT_WAIT_MS: '200',
  BREAKER_AFTER: '5',
  BREAKER_PAUSE_MS: '100',
  PAUSE_MAX_MS: '400',
  BREAKER_PATIENCE_SECONDS: '2',
};

/** Starts the provider's stand-in again, where it was and with the book that it had. */
function startAgain(system: System, book: string): Promise<StartedProcess> {
  return startProcess({
    file: fileURLToPath(new URL('../../simulator/src/main.ts', import.meta.url)),
    name: 'simulator',
    env: {
      PORT: new URL(system.simulatorUrl).port,
      BOOK_FILE: book,
      WALLET_CURRENCY: 'KES',
      LOG_LEVEL: 'warn',
    },
  });
}

async function reasonOf(system: System, name: string): Promise<unknown> {
  return (await askCli(['batch', name], system.cli))['stateReason'];
}

it('stops the account of a dead provider, says so at the batch, and pays each line once after the start', async () => {
  const book = inFolder('book');
  await using system = await startSystem(services, {
    simulator: { BOOK_FILE: book, LATENCY_MS: '20' },
    worker: SHORT,
  });
  const file = await fileOf('dead', ROWS);
  await submitAndRelease(system, file, 'dead');
  await eventually(async () => (await countCredits(system.simulatorUrl)) > 100);
  system.simulator.kill('SIGKILL');
  await untilState(system, 'dead', ['paused'], 60_000);
  expect(await reasonOf(system, 'dead')).toMatch(
    /^the provider was not reached for \d+ s: ECONNREFUSED$/,
  );
  await eventually(async () => ((await countStates(system, 'dead'))['sending'] ?? 0) === 0);
  const states = await countStates(system, 'dead');
  expect(states['queued']).toBeGreaterThan(0);

  await using again = await startAgain(system, book);
  expect(again.ready['url']).toBe(system.simulatorUrl);
  await askCli(['start', '--reason', 'it is back'], system.cli);
  await untilState(system, 'dead', ['completed'], 90_000);
  const found = await expectAgreement(system, 'dead', ROWS);
  // What was under way when it died; a refused connection leaves nothing in doubt.
  expect(found.unresolved).toBeLessThanOrEqual(system.workers.length * CALLS);
});

it('stops the account where line after line gets the same unknown answer, and quotes it', async () => {
  await using system = await startSystem(services, { workers: 1, worker: SHORT });
  const rows = Array.from(makeRows(200, 'odd'), (row) => ({
    ...row,
    phone: `+25471${String(row.row).padStart(3, '0')}9936`,
    amount: '50',
    currency: 'KES',
    reference: `odd-${row.row}`,
  }));
  await submitAndRelease(system, await fileOf('odd', rows), 'odd');
  await untilState(system, 'odd', ['paused'], 60_000);
  expect(await reasonOf(system, 'odd')).toMatch(
    /^the provider gave \d+ lines in a row the same unknown answer: "Try again on Monday"$/,
  );
  await eventually(async () => ((await countStates(system, 'odd'))['sending'] ?? 0) === 0);
  const states = await countStates(system, 'odd');
  expect(states['unresolved']).toBeGreaterThanOrEqual(20);
  // Twenty, and what was under way beside them.
  expect(states['unresolved']).toBeLessThanOrEqual(20 + 2 * CALLS);
  expect(states['queued']).toBe(200 - (states['unresolved'] ?? 0));
});

it('starts no call while Redis is away, and goes on by itself when it is back', async () => {
  await using system = await startSystem(services, {
    simulator: { LATENCY_MS: '20' },
    worker: { CALLS_IN_FLIGHT: String(CALLS), CHUNKS_AT_ONCE: '2' },
  });
  await submitAndRelease(system, await fileOf('away', ROWS), 'away');
  await eventually(async () => (await countCredits(system.simulatorUrl)) > 100);
  await services.redis.kill();
  await eventually(async () => ((await countStates(system, 'away'))['sending'] ?? 0) === 0);
  const credits = await countCredits(system.simulatorUrl);
  expect((await countStates(system, 'away'))['queued']).toBeGreaterThan(0);
  await askCli(['batch', 'away'], system.cli);
  expect(await countCredits(system.simulatorUrl)).toBe(credits);

  await services.redis.start();
  await untilState(system, 'away', ['completed'], 90_000);
  const found = await expectAgreement(system, 'away', ROWS);
  expect(found.unresolved).toBe(0);
});
