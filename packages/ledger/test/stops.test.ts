import { eventually } from '@salio/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  openSlice,
  pauseBatch,
  readControls,
  resumeBatch,
  startClaims,
  stopClaims,
  type BatchOrder,
  type ControlScope,
} from '../src/index.ts';
import { inputRow, inputRows, lineStates, OPERATOR, releasedBatch } from './support/batches.ts';
import {
  ACCOUNT,
  answered,
  lease,
  open,
  openBatch,
  recordAll,
  response,
  sliceOrder,
  countSlots,
  entry,
} from './support/sends.ts';
import { obstruct, openWorld, waiters, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

describe.each([
  ['paused', pauseBatch],
  ['cancelled', cancelBatch],
] as const)('a batch that is %s', (state, stop) => {
  const orderOf = ({ batchId }: Pick<BatchOrder, 'batchId'>) => ({ batchId, operator: OPERATOR });

  it('opens no further slice', async () => {
    const batch = await releasedBatch(world);
    const taken = await lease(world, batch);
    await stop(world.ledger, orderOf(batch));
    const slice = await openSlice(world.ledger, sliceOrder(world, taken));
    expect(slice).toEqual({ kind: 'stopped', by: 'batch', reason: `batch is ${state}` });
    expect(await lineStates(world, batch.batchNo)).toEqual(['pending', 'pending', 'pending']);
  });

  it('waits for the claim in progress, and counts its lines as in flight', async () => {
    const rows = inputRows(2);
    const batch = await releasedBatch(world, { rows });
    const taken = await lease(world, batch);
    const obstacle = await obstruct(world, OCCUPY, [ACCOUNT, rows[1]?.phone]);
    const opening = openSlice(world.ledger, sliceOrder(world, taken));
    await eventually(() => obstacle.blocks());
    let stopped = false;
    const stopping = stop(world.ledger, orderOf(batch)).finally(() => (stopped = true));
    await eventually(async () => (await waiters(world)) === 2);
    expect(stopped).toBe(false);
    await obstacle.end();
    expect(await opening).toMatchObject({ kind: 'opened', attempts: [{}, {}] });
    expect(await stopping).toEqual({ inFlight: 2, version: expect.any(Number) });
  });

  it('still records what was in flight', async () => {
    const batch = await openBatch(world, { rows: inputRows(1) });
    expect(await stop(world.ledger, orderOf(batch))).toEqual({
      inFlight: 1,
      version: expect.any(Number),
    });
    await recordAll(world, [answered(batch.attempt, response([entry(batch.attempt)]))]);
    expect(await lineStates(world, batch.batchNo)).toEqual(['sent']);
  });
});

describe('a paused batch', () => {
  it('goes on with the same lease when it is resumed', async () => {
    const batch = await releasedBatch(world);
    const taken = await lease(world, batch);
    const order = { batchId: batch.batchId, operator: OPERATOR };
    await pauseBatch(world.ledger, order);
    await resumeBatch(world.ledger, order);
    expect(await open(world, taken)).toHaveLength(3);
  });
});

describe.each(['system', `account:${ACCOUNT}`] as const)('a stop of %s', (scope: ControlScope) => {
  const stop = () =>
    stopClaims(world.ledger, { scope, reason: 'float is low', operator: OPERATOR });

  it('opens no further slice of any batch until it is started again', async () => {
    const taken = await lease(world, await releasedBatch(world));
    expect(await stop()).toBe(true);
    expect(await stop()).toBe(false);
    const order = sliceOrder(world, taken);
    const stopped = { kind: 'stopped', reason: `${scope}: float is low` };
    expect(await openSlice(world.ledger, order)).toMatchObject(stopped);
    expect(await startClaims(world.ledger, { operator: OPERATOR })).toEqual([scope]);
    expect(await openSlice(world.ledger, order)).toMatchObject({ kind: 'opened' });
  });

  it('waits for the claim in progress', async () => {
    const rows = inputRows(1);
    const taken = await lease(world, await releasedBatch(world, { rows }));
    const obstacle = await obstruct(world, OCCUPY, [ACCOUNT, rows[0]?.phone]);
    const opening = openSlice(world.ledger, sliceOrder(world, taken));
    await eventually(() => obstacle.blocks());
    let stopped = false;
    const stopping = stop().finally(() => (stopped = true));
    await eventually(async () => (await waiters(world)) === 2);
    expect(stopped).toBe(false);
    await obstacle.end();
    expect(await opening).toMatchObject({ kind: 'opened' });
    expect(await stopping).toBe(true);
  });
});

describe('a stop of one account', () => {
  it('lets other accounts go on', async () => {
    const taken = await lease(world, await releasedBatch(world));
    await stopClaims(world.ledger, { scope: 'account:other', reason: '', operator: OPERATOR });
    expect(await open(world, taken)).toHaveLength(3);
  });

  it('by the provider does not deadlock with a slice that asks for a slot of its lines', async () => {
    const row = inputRow();
    const first = await openBatch(world, { rows: [row] });
    const second = await releasedBatch(world, { rows: [row] });
    const taken = await lease(world, second);
    const scope = `account:${ACCOUNT}`;
    const obstacle = await obstruct(world, HOLD_CONTROL, [scope]);
    const refused = answered(first.attempt, response([], { status: 401, body: 'no such key' }));
    const recording = recordAll(world, [refused]);
    await eventually(() => obstacle.blocks());
    const opening = openSlice(world.ledger, sliceOrder(world, taken));
    const opened = await Promise.race([opening, eventually(() => secondWaiter())]);
    await obstacle.end();
    expect((await recording).stopped).toContain('no such key');
    expect(opened).toMatchObject({ kind: 'opened', attempts: [], last: true });
    expect(await lineStates(world, second.batchNo)).toEqual(['held']);
    expect(await countSlots(world, first.batchNo)).toBe(0);
    const controls = await readControls(world.ledger);
    expect(controls.find((control) => control.scope === scope)?.stopped).toBe(true);
  });
});

async function secondWaiter(): Promise<boolean> {
  return (await waiters(world)) === 2;
}

const OCCUPY = `INSERT INTO slots (account, msisdn, currency, amount, batch_no, seq)
  VALUES ($1, $2, 'KES', 1000000, 0, 0)`;

const HOLD_CONTROL = 'SELECT 1 FROM controls WHERE scope = $1 FOR SHARE';
