import { afterAll, describe, expect, it } from 'vitest';
import { handBack, planRetry, retryLines } from '../src/index.ts';
import { OPERATOR, stateOf } from './support/batches.ts';
import {
  confirm,
  decide,
  lostBatch,
  propose,
  resolutionsOf,
  tellSuccess,
} from './support/decisions.ts';
import { answered, lease, newRequestId, open, recordAll, type OpenBatch } from './support/sends.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

describe('a line that two people called unpaid', () => {
  it('is retried once more under a new key, and not without their word', async () => {
    const batch = await lostBatch(world);
    const order = { batchId: batch.batchId, operator: OPERATOR };
    // As nobody but the owner can do it.
    const call = (state: string) =>
      world.owner.query('UPDATE lines SET state = $2 WHERE batch_no = $1', [batch.batchNo, state]);
    await call('failed');
    await expect(retryLines(world.ledger, order)).rejects.toThrow('may have been paid');
    await call('unresolved');
    await decide(world, batch, 'unpaid');
    expect(await retryLines(world.ledger, order)).toMatchObject({ lines: 1, refused: {} });
    const taken = await lease(world, batch);
    const [attempt] = await open(world, taken);
    expect(attempt?.lines[0]?.attemptNo).toBe(2);
    expect(attempt?.idempotencyKey).not.toBe(batch.attempt.idempotencyKey);
    // The word was of the first attempt alone.
    if (attempt) await recordAll(world, [answered(attempt, { kind: 'lost', reason: 'timeout' })]);
    await handBack(world.ledger, taken);
    await call('failed');
    expect(await planRetry(world.ledger, order)).toMatchObject({ refused: { unproven: 1 } });
  });

  it('and that the provider had accepted is retried only when the provider calls it Failed', async () => {
    const batch = await lostBatch(world);
    const requestId = newRequestId();
    await world.owner.query(
      `INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker) VALUES ($1, 2, 1, now(), 'worker-1')`,
      [batch.attempt.attemptId],
    );
    await world.owner.query(
      `INSERT INTO endings (batch_no, seq, attempt_no, send_no, kind, request_id) VALUES ($1, 1, 1, 2, 'accepted', $2)`,
      [batch.batchNo, requestId],
    );
    await decide(world, batch, 'unpaid');
    expect(
      await planRetry(world.ledger, { batchId: batch.batchId, operator: OPERATOR }),
    ).toMatchObject({ refused: { not_declared_failed: 1 }, enquiries: [{ requestId }] });
  });

  it('is retried though a recovery has forgotten every attempt of it', async () => {
    const batch = await lostBatch(world);
    await world.owner.query('UPDATE lines SET attempt_no = 0 WHERE batch_no = $1', [batch.batchNo]);
    await world.owner.query(
      `ALTER TABLE attempt_lines DISABLE TRIGGER append_only; DELETE FROM attempt_lines WHERE batch_no = ${batch.batchNo};
       ALTER TABLE attempt_lines ENABLE TRIGGER append_only`,
    );
    await decide(world, batch, 'unpaid');
    const order = { batchId: batch.batchId, operator: OPERATOR };
    expect(await retryLines(world.ledger, order)).toMatchObject({ lines: 1 });
    expect(await stateOf(world, batch.batchId)).toBe('released');
  });
});

describe('a line that two people called paid', () => {
  it('takes the one unknown request id that explains it, and its news is done with', async () => {
    const batch = await lostBatch(world);
    const requestId = newRequestId();
    await tellSuccess(world, batch, requestId);
    await tellSuccess(world, batch, requestId);
    const { decisionId } = await propose(world, batch, { verdict: 'paid' });
    expect(await confirm(world, decisionId)).toMatchObject({ lines: 1, adopted: 1 });
    expect(await resolutionsOf(world, batch)).toMatchObject([
      { to_state: 'succeeded', request_id: requestId },
    ]);
    const adopted = 'SELECT seq, attempt_no, decision_id FROM adoptions WHERE request_id = $1';
    expect(await world.select(adopted, [requestId])).toEqual([
      { seq: 1, attempt_no: 1, decision_id: decisionId },
    ]);
    const left = 'SELECT count(*) FROM inbox WHERE request_id = $1';
    expect(await world.count(left, [requestId])).toBe(0);
  });

  it.each<[string, (batch: OpenBatch) => Promise<void>]>([
    [
      'several ids could explain it',
      async (batch) => {
        await tellSuccess(world, batch, newRequestId());
        await tellSuccess(world, batch, newRequestId());
      },
    ],
    [
      'the news came before it was sent',
      (batch) => tellSuccess(world, batch, newRequestId(), { agoMs: 86_400_000 }),
    ],
    [
      'the news names another account',
      (batch) => tellSuccess(world, batch, newRequestId(), { account: 'other' }),
    ],
    [
      'the news names another amount once',
      async (batch) => {
        const requestId = newRequestId();
        await tellSuccess(world, batch, requestId);
        await tellSuccess(world, batch, requestId, { amount: '10000' });
      },
    ],
    [
      'the id is known to be of another line',
      async (batch) => {
        const requestId = newRequestId();
        await tellSuccess(world, batch, requestId);
        await world.owner.query(
          'INSERT INTO adoptions (request_id, batch_no, seq, attempt_no) VALUES ($1, $2, 7, 1)',
          [requestId, batch.batchNo],
        );
      },
    ],
  ])('takes none where %s', async (_, tell) => {
    const batch = await lostBatch(world);
    await tell(batch);
    const waiting = await world.count('SELECT count(*) FROM inbox');
    expect(await decide(world, batch, 'paid')).toMatchObject({ lines: 1, adopted: 0 });
    expect(await world.count('SELECT count(*) FROM inbox')).toBe(waiting);
  });
});
