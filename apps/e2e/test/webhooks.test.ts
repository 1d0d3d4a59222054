import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { askCli, eventually, startSystem, submitAndRelease, type System } from '@salio/testkit';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { fileOf, useFolder } from './scratch.ts';

useFolder();

const WEBHOOKS = {
  WEBHOOK_KEY: 'a key of tests that is long enough',
  WEBHOOK_ALLOW_HTTP: 'true',
  WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8',
};
/** Durations of production, as tests have the time for. */
const SCALED = {
  WEBHOOK_EVERY_MS: '50',
  WEBHOOK_RETRY_MS: '50',
  WEBHOOK_PROGRESS_SECONDS: '0.2',
  ENQUIRE_AFTER_SECONDS: '2',
  ENQUIRE_EVERY_MS: '100',
  ENQUIRIES_PER_SECOND: '50',
};

interface Told {
  readonly type: string;
  readonly data: {
    readonly batchId: string;
    readonly clientReference: string;
    readonly states?: readonly { readonly state: string; readonly lines: number }[];
    readonly last?: boolean;
    /** Of batch.lines; of all others how many there are. */
    readonly lines: readonly {
      readonly seq: number;
      readonly phone: string;
      readonly amount: string;
      readonly state: string;
      readonly requestId: string | null;
    }[];
  };
}

let system: System;
let webhook: Webhook | undefined;
/** What the source knows, by webhook-id: what comes again is the same event. */
const told = new Map<string, Told>();
let refused = 0;
let forged = 0;
const end = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    // safe because node gives each of these as one text
    const headers = request.headers as Record<string, string>;
    try {
      webhook?.verify(body, headers);
    } catch {
      forged += 1;
    }
    const id = String(headers['webhook-id']);
    // Everything is refused at first, and taken when it comes again.
    if (!seen.has(id)) {
      seen.add(id);
      refused += 1;
      response.writeHead(503).end();
      return;
    }
    told.set(id, JSON.parse(body) as Told);
    response.writeHead(204).end();
  });
});
const seen = new Set<string>();

beforeAll(async () => {
  await new Promise<void>((resolve) => end.listen(0, '127.0.0.1', resolve));
  system = await startSystem(inject('services'), {
    workers: 1,
    schedulers: 2,
    callbacks: { status: true },
    scheduler: { ...WEBHOOKS, ...SCALED },
    simulator: { NOTIFY_AFTER_MS: '200', SENT_AFTER_MS: '0', FINAL_AFTER_MS: '500' },
  });
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
  end.closeAllConnections();
  await new Promise((resolve) => end.close(resolve));
});

it('tells a source the whole life of its batch, and of each line what became of it, exactly once by id', async () => {
  // safe because a server that listens on TCP has such an address
  const { port } = end.address() as AddressInfo;
  const asAdmin = { ...system.cli, ...WEBHOOKS };
  const url = `http://127.0.0.1:${port}/salio`;
  const added = await askCli(['webhook', 'add', 'payroll', url], asAdmin);
  webhook = new Webhook(String(added['secret']));
  const lines = 1_100;
  const rows = Array.from({ length: lines }, (_, index) => ({
    row: index + 1,
    phone: `+25471${String(1_000_000 + index)}`,
    amount: '10',
    currency: 'KES',
    reference: `told-${index + 1}`,
    fate: 'paid' as const,
  }));
  await submitAndRelease(system, await fileOf('told', rows), 'told');
  await eventually(() => [...told.values()].some(({ data }) => data.last), { timeoutMs: 90_000 });

  const events = [...told.values()];
  const types = events.map(({ type }) => type);
  const moves = types.filter((type) => type !== 'batch.progress' && type !== 'batch.lines');
  expect(moves).toEqual(['batch.checked', 'batch.released', 'batch.completed', 'batch.settled']);
  expect(types.filter((type) => type === 'batch.lines')).toHaveLength(3);
  expect(forged).toBe(0);
  expect(refused).toBeGreaterThanOrEqual(events.length);

  const settled = events.find(({ type }) => type === 'batch.settled');
  const pages = events.flatMap(({ type, data }) => (type === 'batch.lines' ? data.lines : []));
  expect(pages.map(({ seq }) => seq).toSorted((one, other) => one - other)).toEqual(
    rows.map(({ row }) => row),
  );
  const counted = Map.groupBy(pages, ({ state }) => state);
  expect(Object.fromEntries([...counted].map(([state, { length }]) => [state, length]))).toEqual(
    Object.fromEntries((settled?.data.states ?? []).map((each) => [each.state, each.lines])),
  );
  expect(pages[0]).toMatchObject({
    seq: 1,
    phone: rows[0]?.phone,
    amount: 'KES 10.0000',
    state: 'succeeded',
    requestId: expect.stringMatching(/^ATQid_/),
  });
  const report = await askCli(['report', 'told'], system.cli);
  expect(report['states']).toEqual({ succeeded: lines });
});
