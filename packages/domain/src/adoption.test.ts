import { describe, expect, it } from 'vitest';
import {
  ADOPTION_DOUBTS,
  placeAdopted,
  planAdoption,
  type AdoptionGroup,
  type AdoptionPlan,
  type DoubtfulAttempt,
  type UnattributedId,
} from './adoption.ts';

const WAIT_MS = 1_000;
const OPENED_MS = 10_000;
const RECEIVED_MS = 20_000;
const terms = { waitMs: WAIT_MS, nowMs: RECEIVED_MS + WAIT_MS };

const word = (status: string, description = '') => ({ status, description });

function id(requestId: string, overrides: Partial<UnattributedId> = {}): UnattributedId {
  const words = [word('Success')];
  return { requestId, words, elsewhere: false, receivedAtMs: RECEIVED_MS, ...overrides };
}

function attempt(seq: number, overrides: Partial<DoubtfulAttempt> = {}): DoubtfulAttempt {
  return {
    batchNo: 1,
    seq,
    attemptNo: 1,
    state: 'unresolved',
    newest: true,
    accepted: false,
    doubtfulAtMs: [OPENED_MS],
    adopted: 0,
    ...overrides,
  };
}

function plan(overrides: Partial<AdoptionGroup> = {}, at = terms): AdoptionPlan {
  return planAdoption(
    { ids: [id('A')], attempts: [attempt(1)], recoveredAtMs: undefined, ...overrides },
    at,
  );
}

const worklist = (because: keyof typeof ADOPTION_DOUBTS) => ({ kind: 'worklist', because });
const pairOf = (requestId: string, seq: number) => ({
  requestId,
  line: { batchNo: 1, seq, attemptNo: 1 },
});

describe('an adoption', () => {
  it.each(['Success', 'Failed'])('gives one id to the one line in doubt: %s', (status) => {
    expect(plan({ ids: [id('A', { words: [word(status), word('Sent')] })] })).toEqual({
      kind: 'adopt',
      verdict: status,
      pairs: [pairOf('A', 1)],
    });
  });

  it('pairs as many lines as ids, the earliest with the earliest, however they are listed', () => {
    const ids = [id('B', { receivedAtMs: RECEIVED_MS }), id('A', { receivedAtMs: OPENED_MS + 1 })];
    const attempts = [attempt(2, { doubtfulAtMs: [OPENED_MS + 5] }), attempt(1)];
    const pairs = [pairOf('A', 1), pairOf('B', 2)];
    for (const group of [
      { ids, attempts },
      { ids: ids.toReversed(), attempts: attempts.toReversed() },
    ])
      expect(plan(group)).toEqual({ kind: 'adopt', verdict: 'Success', pairs });
  });

  it('takes the newest attempt of a line whose earlier attempts are proven unpaid', () => {
    const earlier = attempt(1, { attemptNo: 1, newest: false, doubtfulAtMs: [] });
    const newest = attempt(1, { attemptNo: 2 });
    expect(plan({ attempts: [earlier, newest] })).toMatchObject({
      pairs: [{ line: { attemptNo: 2 } }],
    });
  });

  it('goes on with another send of a line that has adopted one', () => {
    const replayed = attempt(1, { doubtfulAtMs: [OPENED_MS + 2, OPENED_MS], adopted: 1 });
    expect(plan({ attempts: [replayed] })).toMatchObject({ kind: 'adopt' });
    expect(plan({ attempts: [replayed], ids: [id('A', { receivedAtMs: OPENED_MS + 1 })] })).toEqual(
      worklist('no_line'),
    );
  });

  it('passes over a line that is silent, for it has an id', () => {
    const silent = attempt(2, { accepted: true, doubtfulAtMs: [] });
    expect(plan({ attempts: [silent, attempt(1)] })).toMatchObject({ pairs: [pairOf('A', 1)] });
  });
});

describe('news of an unknown id waits', () => {
  it('until it is old enough, and so is all other news of that phone and amount', () => {
    const at = { ...terms, nowMs: terms.nowMs - 1 };
    expect(plan({}, at)).toEqual({ kind: 'wait' });
    const old = id('B', { receivedAtMs: OPENED_MS + 1 });
    expect(plan({ ids: [old, id('A')] }, at)).toEqual({ kind: 'wait' });
  });

  it('while a line with that phone and amount is being sent', () => {
    expect(plan({ attempts: [attempt(1), attempt(2, { state: 'sending' })] })).toEqual({
      kind: 'wait',
    });
  });
});

describe('news of an unknown id is for people', () => {
  it.each([
    ['more ids than lines', { ids: [id('A'), id('B')] }],
    ['more lines than ids', { attempts: [attempt(1), attempt(2)] }],
  ])('where there are %s', (_, group) => {
    expect(plan(group)).toEqual(worklist('not_equally_many'));
  });

  it('where no line has a send that it could come from', () => {
    expect(plan({ attempts: [] })).toEqual(worklist('no_line'));
    expect(plan({ attempts: [attempt(1, { adopted: 1 })] })).toEqual(worklist('no_line'));
    const later = attempt(1, { doubtfulAtMs: [RECEIVED_MS] });
    expect(plan({ attempts: [later] })).toEqual(worklist('no_line'));
  });

  it('where one of two ids came before either line was sent', () => {
    const early = id('B', { receivedAtMs: OPENED_MS });
    expect(plan({ ids: [id('A'), early], attempts: [attempt(1), attempt(2)] })).toEqual(
      worklist('came_before'),
    );
  });

  it.each([
    ['one id', [id('A', { words: [word('Failed'), word('Success')] })]],
    ['two ids', [id('A'), id('B', { words: [word('Failed')] })]],
    ['one id of two', [id('A'), id('B', { words: [word('Sent')] })]],
  ])('where different things are said of %s', (_, ids) => {
    expect(plan({ ids, attempts: [attempt(1), attempt(2)] })).toEqual(worklist('two_verdicts'));
  });

  it('where news of one id names two phones or values', () => {
    expect(plan({ ids: [id('A', { elsewhere: true })] })).toEqual(worklist('two_wishes'));
  });

  it('where its words are not final, or speak of a duplicate', () => {
    const said = (...words: UnattributedId['words']) => plan({ ids: [id('A', { words })] });
    expect(said(word('success'), word('Queued'))).toEqual(worklist('no_final_word'));
    expect(said(word('Failed', 'A DUPLICATE request'))).toEqual(worklist('duplicate_text'));
  });

  it.each([
    ['an earlier attempt of the line', attempt(1, { newest: false })],
    ['a line that was decided unpaid', attempt(2, { state: 'failed' })],
    ['a line that has an id from another send', attempt(2, { state: 'sent', accepted: true })],
  ])('where it may also be of %s', (_, other) => {
    const line = attempt(1, { attemptNo: 2 });
    expect(plan({ attempts: [line, other] })).toEqual(worklist('other_doubt'));
  });

  it('where the database was recovered since the line was sent, or forgot its sends', () => {
    expect(plan({ recoveredAtMs: OPENED_MS + 1 })).toEqual(worklist('before_recovery'));
    expect(plan({ recoveredAtMs: OPENED_MS })).toMatchObject({ kind: 'adopt' });
    const forgotten = attempt(2, { attemptNo: 0, doubtfulAtMs: [] });
    expect(plan({ attempts: [attempt(1), forgotten] })).toEqual(worklist('before_recovery'));
  });
});

describe('an adopted id', () => {
  const accepted = (requestId: string) => ({
    ending: { kind: 'accepted', requestId } as const,
    declaredFailed: true,
    decidedUnpaid: false,
  });
  const ended = (kind: 'unknown' | 'unanswered' | 'not_sent') => ({
    ending: { kind } as const,
    declaredFailed: false,
    decidedUnpaid: false,
  });

  it('stands for one send in doubt, and for no other', () => {
    const sends = [ended('not_sent'), ended('unknown'), ended('unanswered')];
    expect(placeAdopted(sends, [accepted('A')])).toEqual([
      ended('not_sent'),
      accepted('A'),
      ended('unanswered'),
    ]);
  });

  it('that an answer brought later counts once, and the other send stays in doubt', () => {
    const sends = [accepted('A'), ended('unknown')];
    expect(placeAdopted(sends, [accepted('A')])).toEqual(sends);
  });

  it('is never lost, though every send was answered otherwise', () => {
    expect(placeAdopted([ended('not_sent')], [accepted('A')])).toEqual([
      ended('not_sent'),
      accepted('A'),
    ]);
  });
});
