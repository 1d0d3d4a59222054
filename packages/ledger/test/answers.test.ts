import { currency, type ProviderAnswer } from '@salio/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readControls, readStory, type OpenAttempt } from '../src/index.ts';
import { inputRows, lineStates } from './support/batches.ts';
import {
  accepted,
  ACCOUNT,
  answered,
  countSlots,
  entry,
  expectKinds,
  newRequestId,
  openBatch,
  readLine,
  recordAll,
  refusal,
  response,
} from './support/sends.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const DUPLICATE = 'A duplicate request was received within the last 5 minutes';

describe('recordAnswers', () => {
  it('makes an accepted line sent, with its discount and the id of the provider', async () => {
    const { batchId, batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    const told = entry(attempt);
    const recorded = await recordAll(world, [answered(attempt, response([told]))]);
    expect(recorded).toEqual({
      answers: 1,
      lines: { sent: 1, failed: 0, queued: 0, unresolved: 0 },
      stopped: undefined,
    });
    const sent = { state: 'sent', discount: '40000', reason: null, waits: false };
    expect(await readLine(world, batchNo)).toMatchObject(sent);
    const answer = (await readStory(world.ledger, batchId, 1)).find(
      ({ kind }) => kind === 'answer',
    );
    expect(answer?.detail).toMatchObject({
      ending: 'accepted',
      requestId: told.requestId,
      httpStatus: 201,
      attemptNo: 1,
      sendNo: 1,
    });
    expect(await countSlots(world, batchNo)).toBe(0);
  });

  it.each<[string, (attempt: OpenAttempt) => ProviderAnswer, object, number]>([
    [
      'a line that was refused is failed',
      (attempt) => response([refusal(attempt)]),
      { state: 'failed', reason: expect.stringMatching(/^refused: /), waits: false },
      0,
    ],
    [
      'what was provably not sent is queued, for later',
      () => ({ kind: 'not_sent', reason: 'connection refused' }),
      { state: 'queued', reason: 'not_sent: connection refused', waits: true },
      0,
    ],
    [
      'a lost answer is unresolved',
      () => ({ kind: 'lost', reason: 'timeout' }),
      { state: 'unresolved', reason: 'unknown: timeout', waits: false },
      1,
    ],
    [
      'a duplicate is unresolved',
      () => response([], { errorMessage: DUPLICATE }),
      { state: 'unresolved', reason: 'duplicate: duplicate', waits: false },
      1,
    ],
    ['an answer without the line is unresolved', () => response([]), { state: 'unresolved' }, 1],
    [
      'an error of the server is unresolved',
      () => response([], { status: 503 }),
      { state: 'unresolved', reason: 'unknown: http_503' },
      1,
    ],
  ])('%s', async (_name, answer, line, slots) => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    await recordAll(world, [answered(attempt, answer(attempt))]);
    expect(await readLine(world, batchNo)).toMatchObject({ ...line, discount: null });
    expect(await countSlots(world, batchNo)).toBe(slots);
  });

  it('queues the lines and stops the account where the account was refused', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    const refused = response([], { status: 401, body: 'The supplied API key is invalid' });
    const recorded = await recordAll(world, [answered(attempt, refused)]);
    const reason = 'the provider said: The supplied API key is invalid';
    expect(recorded.stopped).toBe(reason);
    expect(await readLine(world, batchNo)).toMatchObject({ state: 'queued', waits: false });
    expect(await countSlots(world, batchNo)).toBe(0);
    const stopped = { scope: `account:${ACCOUNT}`, stopped: true, reason };
    expect(await readControls(world.ledger)).toContainEqual(stopped);
    const actions = `SELECT count(*) FROM operator_actions
      WHERE verb = 'system.stop' AND subject = $1 AND reason = $2`;
    expect(await world.count(actions, [stopped.scope, reason])).toBe(1);
  });

  it('tells the lines of one attempt apart', async () => {
    const limits = { recipientsPerRequest: 3, attempts: 1 };
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(3) }, { limits });
    const answer = response([refusal(attempt, 1), entry(attempt, {}, 0)]);
    const recorded = await recordAll(world, [answered(attempt, answer)]);
    expect(recorded.lines).toEqual({ sent: 1, failed: 1, queued: 0, unresolved: 1 });
    expect(await lineStates(world, batchNo)).toEqual(['sent', 'failed', 'unresolved']);
    expect(await countSlots(world, batchNo)).toBe(1);
  });

  it('inserts nothing when it is repeated, and moves nothing', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    const told = answered(attempt, response([entry(attempt)]));
    await recordAll(world, [told]);
    const before = await factsOf(batchNo);
    expect(before).toEqual({ answers: 1, bodies: 1, endings: 1, discrepancies: 0 });
    const again = await recordAll(world, [told]);
    expect(again).toMatchObject({ answers: 0, lines: { sent: 0, unresolved: 0 } });
    const other = answered(attempt, { kind: 'lost', reason: 'timeout' });
    expect(await recordAll(world, [other])).toMatchObject({ answers: 0 });
    expect(await factsOf(batchNo)).toEqual(before);
    expect(await readLine(world, batchNo)).toMatchObject({ state: 'sent' });
  });

  it('records an answer once when it is brought twice at the same time', async () => {
    const { batchNo, attempts } = await openBatch(world, { rows: inputRows(20) });
    const told = attempts.map(accepted);
    const recorded = await Promise.all([
      recordAll(world, told),
      recordAll(world, told.toReversed()),
      recordAll(world, told),
    ]);
    expect(recorded.map(({ answers }) => answers).toSorted((a, b) => a - b)).toEqual([0, 0, 20]);
    expect(await factsOf(batchNo)).toMatchObject({ answers: 20, endings: 20 });
    expect(await lineStates(world, batchNo)).toEqual(Array(20).fill('sent'));
  });

  it('passes over answers to sends that were never recorded', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    const ghost = { ...attempt, attemptId: '999999999' };
    const replay = { ...attempt, sendNo: 2 };
    const recorded = await recordAll(world, [accepted(ghost), accepted(replay)]);
    expect(recorded.answers).toBe(0);
    expect(await factsOf(batchNo)).toMatchObject({ answers: 0, endings: 0 });
    expect(await lineStates(world, batchNo)).toEqual(['sending']);
  });

  it('keeps the oddities of an answer as discrepancies', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    const amount = { currency: currency('KES'), units: 5n };
    await recordAll(world, [answered(attempt, response([entry(attempt, { amount })]))]);
    await expectKinds(world, batchNo, ['amount_differs']);
    expect(await lineStates(world, batchNo)).toEqual(['sent']);
  });

  it('does not add up a discount in another currency', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    const discount = { currency: currency('USD'), units: 7n };
    await recordAll(world, [answered(attempt, response([entry(attempt, { discount })]))]);
    expect(await readLine(world, batchNo)).toMatchObject({ state: 'sent', discount: null });
  });
});

describe('a request id that the provider used before', () => {
  it('proves nothing: the line is unresolved, with a discrepancy', async () => {
    const first = await openBatch(world, { rows: inputRows(1) });
    const second = await openBatch(world, { rows: inputRows(1) });
    const requestId = newRequestId();
    for (const { attempt } of [first, second]) {
      await recordAll(world, [answered(attempt, response([entry(attempt, { requestId })]))]);
    }
    expect(await lineStates(world, first.batchNo)).toEqual(['sent']);
    const unresolved = {
      state: 'unresolved',
      reason: 'unknown: request_id_reused',
      discount: null,
    };
    expect(await readLine(world, second.batchNo)).toMatchObject(unresolved);
    expect(await countSlots(world, second.batchNo)).toBe(1);
    await expectKinds(world, second.batchNo, ['request_id_reused']);
  });

  it('is noticed between two answers that are recorded together', async () => {
    const { batchNo, attempts } = await openBatch(world, { rows: inputRows(2) });
    const requestId = newRequestId();
    const told = attempts.map((each) => answered(each, response([entry(each, { requestId })])));
    await recordAll(world, told);
    expect((await lineStates(world, batchNo)).toSorted()).toEqual(['sent', 'unresolved']);
    await expectKinds(world, batchNo, ['request_id_reused']);
  });
});

describe('what Postgres can not hold', () => {
  it('does not keep an accepted answer from being recorded', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    const nul = 'a\0b';
    const told = entry(attempt, { errorMessage: nul, status: nul });
    const answer = response([told], {
      body: nul,
      errorMessage: nul,
      totalAmount: nul,
      totalDiscount: nul,
      numSent: 1e20,
    });
    expect(await recordAll(world, [answered(attempt, answer)])).toMatchObject({ answers: 1 });
    const [stored] = await world.select(
      `SELECT num_sent, error_message, body FROM answers JOIN answer_bodies USING (attempt_id, send_no)
       WHERE attempt_id = $1`,
      [attempt.attemptId],
    );
    expect(stored).toEqual({ num_sent: null, error_message: 'a\uFFFDb', body: 'a\uFFFDb' });
    expect(await factsOf(batchNo)).toMatchObject({ answers: 1, endings: 1 });
  });

  it.each<[string, ProviderAnswer, string]>([
    ['the reason of a lost answer', { kind: 'lost', reason: 'reset\0' }, 'unresolved'],
    ['the reason why nothing was sent', { kind: 'not_sent', reason: 'TLS\0' }, 'queued'],
    ['a refusal of the account', response([], { status: 401, body: 'no\0' }), 'queued'],
    ['half a character', { kind: 'lost', reason: `${'x'.repeat(499)}😀` }, 'unresolved'],
    ['fractions of a count', response([], { numSent: 0.5 }), 'unresolved'],
    ['a count that is none', response([], { numSent: Number.NaN }), 'unresolved'],
  ])('does not keep an answer from being recorded: %s', async (_name, answer, state) => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    expect(await recordAll(world, [answered(attempt, answer)])).toMatchObject({ answers: 1 });
    expect(await lineStates(world, batchNo)).toEqual([state]);
  });
});

async function factsOf(batchNo: number) {
  const [row] = await world.select(
    `WITH mine AS (SELECT id FROM attempts WHERE batch_no = $1)
     SELECT (SELECT count(*)::int FROM answers WHERE attempt_id IN (SELECT id FROM mine)) AS answers,
       (SELECT count(*)::int FROM answer_bodies WHERE attempt_id IN (SELECT id FROM mine)) AS bodies,
       (SELECT count(*)::int FROM endings WHERE batch_no = $1) AS endings,
       (SELECT count(*)::int FROM discrepancies WHERE batch_no = $1) AS discrepancies`,
    [batchNo],
  );
  return row;
}
