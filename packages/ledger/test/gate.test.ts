import type { ProviderAnswer, ReplayTerms } from '@salio/domain';
import { afterAll, describe, expect, it } from 'vitest';
import { answerValidations, handBack, openSlice } from '../src/index.ts';
import { inputRow, inputRows, lineStates, releasedBatch } from './support/batches.ts';
import {
  ask,
  endFlight,
  expectNo,
  kes,
  openListener,
  permits,
  question,
  raw,
  stranger,
} from './support/callbacks.ts';
import {
  accepted,
  ACCOUNT,
  answered,
  lease,
  openBatch,
  readLine,
  recordAll,
  refusal,
  response,
  sliceOrder,
} from './support/sends.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
const listener = openListener(world);
afterAll(async () => {
  await listener[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const LOST: ProviderAnswer = { kind: 'lost', reason: 'timeout' };
/** Long against a lease. */
const REPLAY: ReplayTerms = { windowMs: 600_000, holdMs: 1_000 };
/** Batches of one line each, to the same phone. */
async function twins(count: number) {
  const rows = inputRows(1);
  const all = [];
  for (let made = 0; made < count; made += 1) {
    const batch = await openBatch(world, { rows });
    if (made < count - 1) await recordAll(world, [accepted(batch.attempt)]);
    all.push(batch);
  }
  return all;
}

describe('the gate', () => {
  it('says yes to a line that is being sent, and keeps question, answer, permit and body', async () => {
    const { attempt, batchNo } = await openBatch(world, { rows: inputRows(1) });
    const asked = question(attempt);
    expect(await ask(listener, asked)).toBe('yes permitted');
    const { attemptId } = attempt;
    const facts = await world.select(
      `SELECT v.account, v.currency, v.amount, v.source_address, v.answer, v.reason, v.body_sha256, b.body,
         (v.attempt_id, v.batch_no, v.seq, v.transaction_id, v.account)
           = (p.attempt_id, p.batch_no, p.seq, p.transaction_id, p.account) AS same
       FROM validations v JOIN validation_bodies b ON b.validation_id = v.id JOIN permits p USING (attempt_id)
       WHERE v.attempt_id = $1 AND v.batch_no = $2`,
      [attemptId, batchNo],
    );
    const { body, bodySha256 } = asked;
    const kept = { account: ACCOUNT, currency: 'KES', amount: '1000000', body };
    const verdict = { answer: 'yes', reason: 'permitted', same: true };
    expect(facts).toEqual([
      { ...kept, ...verdict, source_address: '127.0.0.1', body_sha256: bodySha256 },
    ]);
  });

  it('says no to another phone, amount, currency or account, and to what it can not read', async () => {
    const { attempt, batchNo } = await openBatch(world, { rows: inputRows(1) });
    await expectNo(listener, question(attempt, { msisdn: stranger }), 'no_line');
    for (const units of [1_000_001n, 999_999n, 10_000_000n]) {
      await expectNo(listener, question(attempt, { amount: kes(units) }), 'no_line');
    }
    const dollars = { ...kes(1_000_000n), currency: 'USD' as never };
    await expectNo(listener, question(attempt, { amount: dollars }), 'no_line');
    expect(await ask(listener, question(attempt), 'other')).toBe('no no_line');
    const reading = { kind: 'unreadable', reason: 'amount is none' } as const;
    await expectNo(listener, { ...raw('x'), reading }, 'unreadable');
    const text = `SELECT count(*) FROM validations WHERE reason = 'unreadable: amount is none' AND answer = 'no'`;
    expect(await world.count(text)).toBe(1);
    expect(await world.count('SELECT count(*) FROM permits WHERE batch_no = $1', [batchNo])).toBe(
      0,
    );
  });

  it('says no to a line that was not sent yet, and to one that was refused', async () => {
    const row = inputRow();
    await releasedBatch(world, { rows: [row] });
    const waiting = { lines: [{ msisdn: row.phone as never, amount: kes(1_000_000n) }] };
    await expectNo(listener, question(waiting as never), 'no_line');
    const { attempt } = await openBatch(world, { rows: inputRows(1) });
    await recordAll(world, [answered(attempt, response([refusal(attempt)]))]);
    await expectNo(listener, question(attempt), 'no_line');
  });

  it('says yes to a line whose answer was lost, and to one that was accepted before the question', async () => {
    const lost = await openBatch(world, { rows: inputRows(1) });
    await recordAll(world, [answered(lost.attempt, LOST)]);
    expect(await ask(listener, question(lost.attempt))).toBe('yes permitted');
    const sent = await openBatch(world, { rows: inputRows(1) });
    await recordAll(world, [accepted(sent.attempt)]);
    expect(await ask(listener, question(sent.attempt))).toBe('yes permitted');
  });

  it('gives accepted lines of one payment a yes each, the oldest first, where none of it is open', async () => {
    const [one, two] = await twins(2);
    if (!one || !two) throw new Error('two batches were made');
    await recordAll(world, [accepted(two.attempt)]);
    const asked = [1, 2, 3].map(() => question(one.attempt));
    const verdicts = await answerValidations(listener, ACCOUNT, asked);
    expect(verdicts.map(({ reason }) => reason)).toEqual(['permitted', 'permitted', 'no_line']);
    const given = (await permits(world)).slice(-2).map((text) => text.split(' for ')[1]);
    expect(given).toEqual([`${one.batchNo}/1`, `${two.batchNo}/1`]);
  });

  it('gives one yes to the line that is open, also while accepted ones have none', async () => {
    const [, open] = await twins(2);
    if (!open) throw new Error('two batches were made');
    const asked = [question(open.attempt), question(open.attempt)];
    const verdicts = await answerValidations(listener, ACCOUNT, asked);
    expect(verdicts.map(({ reason }) => reason)).toEqual(['permitted', 'taken']);
    await expectNo(listener, question(open.attempt), 'taken');
  });

  it('gives each line of an attempt its own yes', async () => {
    const { attempt, batchNo } = await openBatch(
      world,
      { rows: inputRows(3) },
      { limits: { recipientsPerRequest: 3, attempts: 1 } },
    );
    const asked = attempt.lines.map((line) => question({ lines: [line] }));
    const verdicts = await answerValidations(listener, ACCOUNT, [...asked, ...asked]);
    const expected = ['permitted', 'permitted', 'permitted', 'repeated', 'repeated', 'repeated'];
    expect(verdicts.map(({ reason }) => reason)).toEqual(expected);
    expect(await world.count('SELECT count(*) FROM permits WHERE batch_no = $1', [batchNo])).toBe(
      3,
    );
  });
});

describe('a transaction that has its yes', () => {
  it('gets it again for the same data, also after the answer to the request', async () => {
    const { attempt } = await openBatch(world, { rows: inputRows(1) });
    const asked = question(attempt);
    expect(await ask(listener, asked)).toBe('yes permitted');
    expect(await ask(listener, asked)).toBe('yes repeated');
    await recordAll(world, [accepted(attempt)]);
    expect(await ask(listener, asked)).toBe('yes repeated');
    const { attemptId } = attempt;
    const text = 'SELECT count(*) FROM permits WHERE attempt_id = $1';
    expect(await world.count(text, [attemptId])).toBe(1);
    const asks = `SELECT count(*) FROM validations WHERE attempt_id = $1 AND answer = 'yes'`;
    expect(await world.count(asks, [attemptId])).toBe(3);
  });

  it('gets a no for other data, also where another line has them', async () => {
    const first = await openBatch(world, { rows: inputRows(1) });
    const second = await openBatch(world, { rows: inputRows(1) });
    const asked = question(first.attempt, { transactionId: 'reused' });
    expect(await ask(listener, asked)).toBe('yes permitted');
    const other = question(second.attempt, { transactionId: 'reused' });
    await expectNo(listener, other, 'other_data');
    await expectNo(
      listener,
      question(first.attempt, { transactionId: 'reused', amount: kes(2_000_000n) }),
      'other_data',
    );
    expect(await ask(listener, question(second.attempt))).toBe('yes permitted');
  });

  it('gets a no once the line has its end', async () => {
    const { attempt } = await openBatch(world, { rows: inputRows(1) });
    const asked = question(attempt);
    expect(await ask(listener, asked)).toBe('yes permitted');
    await recordAll(world, [answered(attempt, response([refusal(attempt)]))]);
    await expectNo(listener, asked, 'moved_on');
  });

  it('gets a no once the line has another attempt, which has a yes of its own', async () => {
    const { attempt, taken, batchNo } = await openBatch(world, { rows: inputRows(1) });
    const asked = question(attempt);
    expect(await ask(listener, asked)).toBe('yes permitted');
    await recordAll(world, [answered(attempt, { kind: 'not_sent', reason: 'refused' })]);
    await world.owner.query('UPDATE lines SET not_before = NULL WHERE batch_no = $1', [batchNo]);
    expect(await openSlice(world.ledger, sliceOrder(world, taken))).toMatchObject({
      kind: 'opened',
    });
    expect(await readLine(world, batchNo)).toMatchObject({ state: 'sending', attempt_no: 2 });
    await expectNo(listener, asked, 'moved_on');
    expect(await ask(listener, question(attempt))).toBe('yes permitted');
  });

  it('gets a no when its request can not be in flight any more, as everybody does', async () => {
    const { attempt } = await openBatch(world, { rows: inputRows(1) });
    const asked = question(attempt);
    expect(await ask(listener, asked)).toBe('yes permitted');
    const late = await openBatch(world, { rows: inputRows(1) });
    for (const sent of [attempt, late.attempt]) await endFlight(world, sent);
    await expectNo(listener, asked, 'not_in_flight');
    await expectNo(listener, question(late.attempt), 'not_in_flight');
    await recordAll(world, [accepted(late.attempt)]);
    await expectNo(listener, question(late.attempt), 'no_line');
  });

  it('keeps the line from ever being replayed', async () => {
    const { attempt, batchNo } = await openBatch(world, { rows: inputRows(1) });
    await ask(listener, question(attempt));
    await recordAll(world, [answered(attempt, LOST)], REPLAY);
    expect(await lineStates(world, batchNo)).toEqual(['unresolved']);
    const planned = 'SELECT count(*) FROM lines WHERE batch_no = $1 AND replay_by IS NOT NULL';
    expect(await world.count(planned, [batchNo])).toBe(0);
  });

  it('has the claim strike a replay that was planned before', async () => {
    const batch = await openBatch(world, { rows: inputRows(1) });
    await recordAll(world, [answered(batch.attempt, LOST)], REPLAY);
    const planned = 'SELECT count(*) FROM lines WHERE batch_no = $1 AND replay_by IS NOT NULL';
    expect(await world.count(planned, [batch.batchNo])).toBe(1);
    expect(await ask(listener, question(batch.attempt))).toBe('yes permitted');
    await handBack(world.ledger, batch.taken);
    await endFlight(world, batch.attempt);
    const taken = await lease(world, batch);
    const order = { ...sliceOrder(world, taken), replay: REPLAY };
    expect(await openSlice(world.ledger, order)).toEqual({ kind: 'empty' });
    expect(await world.count(planned, [batch.batchNo])).toBe(0);
    expect(await lineStates(world, batch.batchNo)).toEqual(['unresolved']);
  });
});

// Last in this file: they change which database is trusted.
describe('a database that was recovered', () => {
  const trust = (timeline: string, operators: string) =>
    world.owner.query(
      `INSERT INTO trusts (system_identifier, timeline, operators, reason)
       SELECT system_identifier, ${timeline}, '${operators}', 'a test' FROM database_incarnation()`,
    );

  it('says no for sends before its recovery, which it may have forgotten half of, and yes for later ones', async () => {
    const before = await openBatch(world, { rows: inputRows(1) });
    const asked = question(before.attempt);
    expect(await ask(listener, asked)).toBe('yes permitted');
    await trust('timeline', '{amina,brian}');
    await expectNo(listener, asked, 'not_in_flight');
    const after = await openBatch(world, { rows: inputRows(1) });
    expect(await ask(listener, question(after.attempt))).toBe('yes permitted');
  });

  it('says no to everything until people trust it, and still keeps what was asked', async () => {
    const { attempt } = await openBatch(world, { rows: inputRows(1) });
    await trust('timeline + 1', '{amina,brian}');
    await expectNo(listener, question(attempt), 'untrusted');
    const kept = `SELECT count(*) FROM validations WHERE reason = 'untrusted'`;
    expect(await world.count(kept)).toBe(1);
  });
});
