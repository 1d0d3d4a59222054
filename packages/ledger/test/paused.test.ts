import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openSlice,
  pauseBatch,
  pauseStoppedBatch,
  resumeBatch,
  startClaims,
  stopClaims,
} from '../src/index.ts';
import { OPERATOR, releasedBatch, stateOf, type Batch } from './support/batches.ts';
import { ACCOUNT, lease, open, sliceOrder } from './support/sends.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
let batch: Batch;
beforeEach(async () => {
  world = await openWorld();
  batch = await releasedBatch(world);
});
afterEach(() => world[Symbol.asyncDispose]());

const scope = `account:${ACCOUNT}` as const;
const stop = () =>
  stopClaims(world.ledger, { scope, reason: 'the provider said: no', operator: 'salio' });
const pause = () => pauseStoppedBatch(world.ledger, { batchNo: batch.batchNo, account: ACCOUNT });
const batchRow = async () =>
  (
    await world.select<{ state: string; state_reason: string | null; paused_for: string | null }>(
      'SELECT state, state_reason, paused_for FROM batches WHERE id = $1',
      [batch.batchId],
    )
  )[0];

describe('a batch whose account is stopped', () => {
  it('is paused with the reason of the account, once', async () => {
    const taken = await lease(world, batch);
    await stop();
    const refused = await openSlice(world.ledger, sliceOrder(world, taken));
    expect(refused).toMatchObject({ kind: 'stopped', by: 'account' });
    expect(await Promise.all([pause(), pause()])).toHaveLength(2);
    expect(await pause()).toBe(false);
    expect(await batchRow()).toEqual({
      state: 'paused',
      state_reason: 'the provider said: no',
      paused_for: scope,
    });
    const actions = `SELECT count(*) FROM operator_actions WHERE verb = 'batch.pause' AND operator = 'salio'`;
    expect(await world.count(actions)).toBe(1);
  });

  it('goes on when the account is started', async () => {
    const taken = await lease(world, batch);
    await stop();
    await pause();
    await startClaims(world.ledger, { scope, operator: OPERATOR });
    expect(await batchRow()).toEqual({ state: 'released', state_reason: null, paused_for: null });
    expect(await open(world, taken)).toHaveLength(3);
  });

  it('is not paused where the account was started meanwhile', async () => {
    expect(await pause()).toBe(false);
    expect(await stateOf(world, batch.batchId)).toBe('released');
  });

  it('may be resumed by a person, and stays so when the account is started', async () => {
    await stop();
    await pause();
    await resumeBatch(world.ledger, { batchId: batch.batchId, operator: OPERATOR });
    expect(await batchRow()).toMatchObject({ state: 'released', paused_for: null });
  });
});

it('leaves a batch paused that a person had paused, when an account is started', async () => {
  await pauseBatch(world.ledger, { batchId: batch.batchId, operator: OPERATOR });
  await stop();
  expect(await pause()).toBe(false);
  await startClaims(world.ledger, { operator: OPERATOR });
  expect(await stateOf(world, batch.batchId)).toBe('paused');
});
