import { eventually, startLocalServices, type LocalServices } from '@salio/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dispatchChunks, leaseChunk, openSlice, readTrust, recoverLedger } from '../src/index.ts';
import { inputRow, inputRows, lineStates, releasedBatch } from './support/batches.ts';
import {
  accepted,
  lease,
  LONG,
  open,
  openBatch,
  recordAll,
  seqs,
  sliceOrder,
} from './support/sends.ts';
import { BY_KEY } from './support/decisions.ts';
import { openWorld, type World } from './support/world.ts';

/** Servers of our own: here they are promoted and restored. */
let services: LocalServices;
let world: World;
beforeAll(async () => {
  services = await startLocalServices({ given: 'ignore', durability: 'durable' });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await services[Symbol.asyncDispose]();
});

async function recoverByTwo(): Promise<void> {
  for (const operator of ['amina', 'baraka']) {
    await recoverLedger(world.ledger, { operator, access: BY_KEY, reason: 'the server died' });
  }
}

/** The first query after a restart may meet a connection that broke. */
async function reconnected(): Promise<void> {
  await eventually(async () => (await readTrust(world.ledger)).kind);
  await eventually(() => world.count('SELECT 1'));
}

it('sends nothing after a promotion or a restore until two people recovered, and then nothing twice', async () => {
  world = await openWorld(services);
  const rows = inputRows(3);
  const batch = await releasedBatch(world, { rows });
  const taken = await lease(world, batch);
  const one = { limits: { recipientsPerRequest: 1, attempts: 1 } };
  await recordAll(world, (await open(world, taken, one)).map(accepted));

  await services.postgres.backUp();
  await reconnected();
  const after = await open(world, taken);
  expect(seqs(after)).toEqual([2, 3]);
  await recordAll(world, after.map(accepted));
  expect(await lineStates(world, batch.batchNo)).toEqual(['sent', 'sent', 'sent']);

  await services.postgres.restore();
  await reconnected();
  expect(await lineStates(world, batch.batchNo)).toEqual(['sent', 'pending', 'pending']);
  expect(await readTrust(world.ledger)).toMatchObject({
    kind: 'untrusted',
    now: { timeline: 2 },
    trusted: { timeline: 1 },
  });
  const refused = await openSlice(world.ledger, sliceOrder(world, taken));
  expect(refused).toMatchObject({ kind: 'stopped', by: 'recovery' });

  await recoverByTwo();
  expect(await lineStates(world, batch.batchNo)).toEqual(['sent', 'unresolved', 'unresolved']);
  expect(await openSlice(world.ledger, sliceOrder(world, taken))).toEqual({ kind: 'fenced' });
  const again = await releasedBatch(world, { rows: [rows[1] ?? inputRow(), inputRow()] });
  const reopened = await open(world, await lease(world, again));
  expect(seqs(reopened)).toEqual([2]);
  // The restored ledger counts its attempts from where the backup ended: an old answer must not become a new attempt's.
  expect(after.map((attempt) => attempt.attemptId)).toContain(reopened[0]?.attemptId);
  expect(await recordAll(world, after.map(accepted))).toMatchObject({ answers: 0 });
  expect(await recordAll(world, reopened.map(accepted))).toMatchObject({ answers: 1 });

  await services.postgres.standBy();
  await reconnected();
  const standby = await readTrust(world.ledger);
  expect(standby).toMatchObject({ kind: 'in_recovery' });
  await expect(recoverByTwo()).rejects.toThrow('in recovery');
  expect(await dispatchChunks(world.ledger, { window: 1, patienceMs: 1 })).toEqual([]);
  await expect(leaseChunk(world.ledger, { batchNo: 1, chunk: 0 }, LONG)).rejects.toThrow(
    'read-only transaction',
  );

  await services.postgres.promote();
  expect(await readTrust(world.ledger)).toMatchObject({ kind: 'untrusted', now: { timeline: 3 } });
  await recoverByTwo();
  const next = await openBatch(world, { rows: inputRows(1) });
  expect(next.attempts).toHaveLength(1);
});
