import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  cancelBatch,
  raiseAlarms,
  readFigures,
  readTotals,
  sealFacts,
  stopClaims,
} from '../src/index.ts';
import { checkedBatch, inputRows, OPERATOR, releasedBatch } from './support/batches.ts';
import { lostBatch, propose } from './support/decisions.ts';
import { openBatch } from './support/sends.ts';
import { tell } from './support/unattributed.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

it('tells zero of everything in a ledger without batches', async () => {
  await sealFacts(world.ledger);
  expect(await readFigures(world.ledger)).toEqual({
    openLines: new Map(),
    batches: new Map(),
    unresolved: { lines: 0, oldestMs: 0 },
    worklist: { unresolved: 0, held: 0 },
    chunks: { open: 0, dispatched: 0, leased: 0 },
    inbox: 0,
    proposals: 0,
    openAlarms: new Map(),
    stops: [],
    unsealed: { facts: 0, oldestMs: 0 },
  });
});

it('tells what is under way, what waits and what is stopped', async () => {
  await checkedBatch(world, { rows: inputRows(5) });
  await releasedBatch(world, { rows: inputRows(4), chunkLines: 2 });
  await openBatch(world, { rows: inputRows(3) });
  await propose(world, await lostBatch(world, { rows: inputRows(2) }));
  await tell(world, { requestId: 'ATQid_1' });
  await stopClaims(world.ledger, { scope: 'system', reason: 'x', operator: OPERATOR });
  const alarm = { kind: 'account_stopped', subject: 'system', detail: '' } as const;
  await raiseAlarms(world.ledger, { standing: [alarm], unjudged: [], lookedAt: 'now' });

  const figures = await readFigures(world.ledger);
  expect(figures).toMatchObject({
    openLines: new Map([
      ['queued', 4],
      ['sending', 3],
    ]),
    batches: new Map([
      ['checked', 1],
      ['completed', 1],
      ['released', 2],
    ]),
    worklist: { unresolved: 2, held: 0 },
    chunks: { open: 4, dispatched: 0, leased: 1 },
    inbox: 1,
    proposals: 1,
    openAlarms: new Map([['account_stopped', 1]]),
    stops: ['system'],
  });
  expect(figures.unresolved.lines).toBe(2);
  expect(figures.unsealed.facts).toBeGreaterThan(0);
  expect((await readTotals(world.ledger)).lines).toEqual(
    new Map([
      ['pending', 5],
      ['queued', 4],
      ['sending', 3],
      ['unresolved', 2],
    ]),
  );
});

it('tells the ops API the same, with its own rights', async () => {
  await openBatch(world, { rows: inputRows(2) });
  await sealFacts(world.ledger);
  expect(await readFigures(world.ops)).toEqual(await readFigures(world.ledger));
  expect(await readTotals(world.ops)).toEqual(await readTotals(world.ledger));
});

it('counts what a cancelled batch still has in flight, and what it took back as cancelled', async () => {
  const rows = inputRows(3);
  const { batchId } = await openBatch(
    world,
    { rows },
    { limits: { recipientsPerRequest: 1, attempts: 1 } },
  );
  await cancelBatch(world.ledger, { batchId, operator: OPERATOR });
  expect((await readFigures(world.ledger)).openLines).toEqual(
    new Map([
      ['cancelled', 2],
      ['sending', 1],
    ]),
  );
});
