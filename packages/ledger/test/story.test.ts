import type { BatchId } from '@salio/domain';
import { afterAll, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  listLines,
  pauseBatch,
  readStory,
  resumeBatch,
  startClaims,
  stopClaims,
  tellStory,
  type StoryEvent,
} from '../src/index.ts';
import { inputRow, inputRows, OPERATOR, releasedBatch, type Batch } from './support/batches.ts';
import { tell } from './support/news.ts';
import {
  ACCOUNT,
  answered,
  entry,
  open,
  openBatch,
  lease,
  recordAll,
  response,
} from './support/sends.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const kindsOf = async (batchId: BatchId, seq = 1) =>
  (await readStory(world.ledger, batchId, seq)).map(({ kind }) => kind);

const answerOf = (story: readonly StoryEvent[]) =>
  story.find(({ kind }) => kind === 'answer')?.detail;

async function orders({ batchId }: Batch, reason: string): Promise<void> {
  await pauseBatch(world.ledger, { batchId, operator: OPERATOR, reason });
  await resumeBatch(world.ledger, { batchId, operator: OPERATOR });
}

const stop = (scope: 'system' | `account:${string}`) =>
  stopClaims(world.ledger, { scope, reason: 'trouble', operator: OPERATOR });
const start = (scope: 'system' | `account:${string}`) =>
  startClaims(world.ledger, { scope, operator: OPERATOR });

describe('the story of a line', () => {
  it('goes from its page to its end, with the orders in between and none after', async () => {
    const batch = await releasedBatch(world, { rows: inputRows(1_002) });
    await orders(batch, 'before it is sent');
    for (const scope of ['system', 'account:other', `account:${ACCOUNT}`] as const) {
      await stop(scope);
      await start(scope);
    }
    const [attempt] = await open(world, await lease(world, batch));
    if (!attempt) throw new Error('nothing was sent');
    const told = entry(attempt);
    await recordAll(world, [answered(attempt, response([told]))]);
    await tell(world, { requestId: told.requestId });
    await orders(batch, 'after its end');
    await stop('system');
    await start('system');
    const story = await readStory(world.ledger, batch.batchId, 1);
    expect(story.map(({ kind }) => kind)).toEqual([
      'page',
      'submission',
      'release',
      'pause',
      'resume',
      'stop',
      'start',
      'stop',
      'start',
      'attempt',
      'send',
      'answer',
      'notification',
      'resolution',
    ]);
    expect(story.filter(({ kind }) => kind === 'stop').map(({ detail }) => detail)).toMatchObject([
      { scope: 'system', operator: OPERATOR, reason: 'trouble' },
      { scope: `account:${ACCOUNT}` },
    ]);
    expect(story[0]?.detail).toEqual({ page: 1, rows: 1000 });
    expect(story[1]?.detail).toMatchObject({ rows: 1002, lines: 1002, rejected: 0 });
    const [page] = await readStory(world.ledger, batch.batchId, 1_001);
    expect(page?.detail).toEqual({ page: 2, rows: 2 });
  });

  it('ends with the cancelling of its batch where it was not sent', async () => {
    const batch = await releasedBatch(world, { rows: inputRows(1) });
    const order = { batchId: batch.batchId, operator: OPERATOR, reason: 'wrong file' };
    await cancelBatch(world.ledger, order);
    await stop('system');
    await start('system');
    expect(await kindsOf(batch.batchId)).toEqual(['page', 'submission', 'release', 'cancel']);
  });

  it('has what came over the wire, cut where it is long, its phones masked unless they are asked for', async () => {
    const phone = '+254733000001';
    const { batchId, attempt } = await openBatch(world, { rows: [inputRow({ phone })] });
    const body = `{"phoneNumber":"${phone}"}${'x'.repeat(5_000)}`;
    const told = entry(attempt, { requestId: 'None', status: 'Odd', errorMessage: `for ${phone}` });
    await recordAll(world, [answered(attempt, response([told], { body }))]);
    const masked = answerOf(await readStory(world.ledger, batchId, 1));
    expect(masked).toMatchObject({
      ending: 'unknown',
      answer: 'response',
      text: 'for +25473•••001',
    });
    expect(masked?.['body']).toMatch(/^\{"phoneNumber":"\+25473•••001"\}x+$/);
    expect(masked?.['bodyLength']).toBe(body.length);
    const whole = answerOf(await readStory(world.ledger, batchId, 1, { phones: true }));
    expect(whole?.['body']).toBe(body.slice(0, 4_000));
    await world.owner.query('DELETE FROM answer_bodies WHERE attempt_id = $1', [attempt.attemptId]);
    expect(answerOf(await readStory(world.ledger, batchId, 1))).not.toHaveProperty('body');
  });

  it('has amount and discount of an accepted answer, and the body of a notification', async () => {
    const { batchId, attempt } = await openBatch(world, { rows: inputRows(1) });
    const told = entry(attempt);
    await recordAll(world, [answered(attempt, response([told], { body: 'short' }))]);
    await tell(world, { requestId: told.requestId, amount: '1000000' });
    const story = await readStory(world.ledger, batchId, 1);
    const { requestId } = told;
    const answer = { requestId, amount: 'KES 100.0000', discount: 'KES 4.0000', body: 'short' };
    expect(answerOf(story)).toMatchObject({ ...answer, tookMs: 12 });
    expect(answerOf(story)).not.toHaveProperty('bodyLength');
    expect(story.find(({ kind }) => kind === 'notification')?.detail).toMatchObject({
      amount: 'KES 100.0000',
      body: '{}',
    });
  });

  it('is told in sentences, without any phone', async () => {
    const phone = '+254733000002';
    const { batchId, attempt } = await openBatch(world, { rows: [inputRow({ phone })] });
    await recordAll(world, [
      answered(attempt, response([entry(attempt)], { body: `{"phoneNumber":"${phone}"}` })),
    ]);
    const [line] = await listLines(world.ledger, { batchId, limit: 1 });
    if (!line) throw new Error('there is no line');
    const story = await readStory(world.ledger, batchId, 1, { phones: true });
    const sentences = tellStory(line, story);
    expect(sentences[0]).toContain('KES 100.0000 to +25473•••002. It is sent.');
    expect(sentences.join('\n')).toMatch(/answered: accepted, ATQid_\w+, amount KES 100.0000/);
    expect(sentences.at(-1)).toBe('    verbatim: {"phoneNumber":"+25473•••002"}');
    expect(sentences.join('\n')).not.toContain(phone);
  });
});
