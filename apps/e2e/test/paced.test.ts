import { expect, inject, it } from 'vitest';
import {
  countStates,
  startSystem,
  submitAndRelease,
  type System,
  untilState,
} from '@salio/testkit';
import { makeRows } from '../src/recipients-file.ts';
import { fileOf, useFolder } from './scratch.ts';

useFolder();

/** Pays as many lines; the phone of every `spoilt`-th ends in these digits. */
async function pay(system: System, name: string, lines: number, spoilt = 0, ending = '0000') {
  const rows = makeRows(lines, name).map((row) => ({
    ...row,
    phone: `+25471${String(row.row).padStart(3, '0')}${row.row % spoilt === 0 ? ending : '0000'}`,
    amount: '50',
    currency: 'KES',
    reference: `${name}-${row.row}`,
  }));
  await submitAndRelease(system, await fileOf(name, rows), name);
  await untilState(system, name, ['completed'], 90_000);
  return countStates(system, name);
}

/** When the provider had each request (epoch ms), in order, and whether it turned it away. */
async function requests(system: System): Promise<{ atMs: number; busy: boolean }[]> {
  const response = await fetch(`${system.simulatorUrl}/simulator/requests?limit=1000`);
  // safe because the simulator's README says so
  const body = (await response.json()) as { requests: { at: string; scenario: string | null }[] };
  return body.requests
    .map(({ at, scenario }) => ({ atMs: Date.parse(at), busy: scenario === '9926' }))
    .toSorted((one, two) => one.atMs - two.atMs);
}

it('keeps all workers together to the requests per second that are set', async () => {
  const perSecond = 15;
  const lines = 60;
  const workers = 2;
  const calls = 8;
  await using system = await startSystem(inject('services'), {
    workers,
    worker: {
      REQUESTS_PER_SECOND: String(perSecond),
      CHUNK_LINES: '10',
      CALLS_IN_FLIGHT: String(calls),
    },
  });
  expect(await pay(system, 'limited', lines)).toEqual({ sent: lines });
  const sent = await requests(system);
  expect(sent).toHaveLength(lines);
  const tookMs = (sent.at(-1)?.atMs ?? 0) - (sent[0]?.atMs ?? 0);
  // All but a burst at the rate. A permit may be used later than it was given, which shortens this by what each worker has of them.
  const late = perSecond + workers * calls;
  expect(tookMs).toBeGreaterThan(((lines - late) / perSecond) * 1_000);
});

it('pauses after each 429, leaves those lines unresolved, and pays the others', async () => {
  const pauseMs = 400;
  await using system = await startSystem(inject('services'), {
    workers: 1,
    worker: {
      THROTTLE_PAUSE_MS: String(pauseMs),
      CALLS_IN_FLIGHT: '1',
      CHUNKS_AT_ONCE: '1',
    },
  });
  expect(await pay(system, 'busy', 12, 4, '9926')).toEqual({ sent: 9, unresolved: 3 });
  const sent = await requests(system);
  expect(sent.filter(({ busy }) => busy)).toHaveLength(3);
  for (const [index, { busy, atMs }] of sent.entries()) {
    const next = sent[index + 1];
    if (busy && next) expect(next.atMs - atMs).toBeGreaterThanOrEqual(pauseMs);
  }
});
