import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { askCli, eventually, startSystem, type System } from '@salio/testkit';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

let system: System;
/** What the operators' URL was told, as `kind subject state`. */
const told: string[] = [];
let up = false;
let refused = 0;
const end = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk: Buffer) => (text += chunk.toString()));
  request.on('end', () => {
    const { kind, subject, state } = JSON.parse(text) as Record<string, string>;
    if (up) told.push(`${kind} ${subject} ${state}`);
    else refused += 1;
    response.writeHead(up ? 200 : 503).end();
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => end.listen(0, '127.0.0.1', resolve));
  // safe because a server that listens on TCP has such an address
  const { port } = end.address() as AddressInfo;
  system = await startSystem(inject('services'), {
    workers: 0,
    schedulers: 2,
    scheduler: {
      ALARM_URL: `http://127.0.0.1:${port}/`,
      ALARM_EVERY_SECONDS: '0.1',
      // More than the simulator's wallet holds.
      WALLET_LOW_BELOW: 'KES 2000000',
      WALLET_EVERY_SECONDS: '0.1',
    },
  });
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
  end.closeAllConnections();
  await new Promise((resolve) => end.close(resolve));
});

/** Told of these two kinds, each once: where an answer is late, the URL may be told twice. */
const toldOf = (kinds: RegExp) => [...new Set(told.filter((one) => kinds.test(one)))].toSorted();

it('tells the operators of a stop and of a low wallet, also where their URL was away at first', async () => {
  await askCli(['stop', '--reason', 'a fire drill'], system.cli);
  await eventually(() => refused > 0, { timeoutMs: 60_000 });
  up = true;
  const kinds = /^(account_stopped|wallet_low) /;
  await eventually(() => toldOf(kinds).length >= 2, { timeoutMs: 60_000 });
  expect(toldOf(kinds)).toEqual([
    'account_stopped system raised',
    expect.stringMatching(/^wallet_low account:africastalking\/\S+ raised$/),
  ]);
  await askCli(['start'], system.cli);
  await eventually(() => told.includes('account_stopped system cleared'), { timeoutMs: 60_000 });
  expect(toldOf(/^account_stopped /)).toEqual([
    'account_stopped system cleared',
    'account_stopped system raised',
  ]);
});
