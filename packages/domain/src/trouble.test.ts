import { describe, expect, it } from 'vitest';
import type { AskedLine, ProviderAnswer, ResponseContent, ResponseEntry } from './answer.ts';
import { currency } from './money.ts';
import { msisdn } from './msisdn.ts';
import { DEFAULT_TEXTS, readAnswer } from './reading.ts';
import { judgeTrouble, signOf, type CallSign } from './trouble.ts';

const LIMITS = { patienceMs: 300_000, equalAnswersMax: 20 };

function asked(count: number): AskedLine[] {
  return Array.from({ length: count }, (_, index) => ({
    msisdn: msisdn(`+25471100000${index}`),
    amount: { currency: currency('KES'), units: 1_000_000n },
  }));
}

/** The sign of an answer to as many lines, read as the worker reads it. */
function sign(answer: ProviderAnswer, lines = 1): CallSign {
  return signOf(answer, readAnswer(asked(lines), answer), DEFAULT_TEXTS);
}

function refused(index: number, errorMessage: string): ResponseEntry {
  const phoneNumber = `+25471100000${index}`;
  const money = { amount: undefined, discount: undefined };
  return { phoneNumber, status: 'Failed', requestId: 'None', errorMessage, ...money };
}

function accepted(index: number): ResponseEntry {
  return { ...refused(index, 'None'), status: 'Sent', requestId: `ATQid_${index}` };
}

function response(
  entries: readonly ResponseEntry[],
  more: Partial<ResponseContent> = {},
  status = 201,
): ProviderAnswer {
  const numSent = entries.filter(({ requestId }) => requestId !== 'None').length;
  const totals = { totalAmount: '0', totalDiscount: '0' };
  const content = { errorMessage: 'None', numSent, entries, ...totals, ...more };
  return { kind: 'response', status, body: '', content };
}

function page(status: number, retryAfterMs?: number): ProviderAnswer {
  return { kind: 'response', status, body: 'busy', content: undefined, retryAfterMs };
}

describe('the sign of a call', () => {
  it.each<[string, ProviderAnswer, CallSign['kind'], string]>([
    [
      'was refused a connection',
      { kind: 'not_sent', reason: 'ECONNREFUSED' },
      'unreached',
      'ECONNREFUSED',
    ],
    ['found no name', { kind: 'not_sent', reason: 'ENOTFOUND' }, 'unreached', 'ENOTFOUND'],
    ['was stopped by us', { kind: 'not_sent', reason: 'stopped' }, 'silent', 'stopped'],
    ['came too late', { kind: 'not_sent', reason: 'send_by_passed' }, 'silent', 'send_by_passed'],
    ['was in doubt', { kind: 'not_sent', reason: 'commit_in_doubt' }, 'silent', 'commit_in_doubt'],
    ['lost its answer', { kind: 'lost', reason: 'timeout' }, 'unclear', 'timeout'],
    ['met a broken server', page(503), 'unclear', 'http_503'],
    ['was answered with a web page', page(200), 'unclear', 'unreadable'],
    ['was not authorised', page(401), 'works', ''],
    ['was refused', response([refused(0, 'Invalid phone number')]), 'works', ''],
    ['was a duplicate', response([], { errorMessage: 'A duplicate request' }), 'works', ''],
    ['was accepted', response([accepted(0)]), 'works', ''],
  ])('that %s is told from the others', (_name, answer, kind, reason) => {
    expect(sign(answer)).toMatchObject({ kind, reason, throttled: undefined });
  });

  it('says that the provider works where one of its lines is certain', () => {
    expect(sign(response([refused(0, 'No')]), 2)).toMatchObject({ kind: 'works', accepted: false });
    expect(sign(response([accepted(0)]), 2)).toMatchObject({ kind: 'works', accepted: true });
  });

  it('says how long to wait where it was too much at once, and is unclear all the same', () => {
    expect(sign(page(429, 7_000))).toMatchObject({
      kind: 'unclear',
      reason: 'http_429',
      throttled: { retryAfterMs: 7_000 },
    });
    expect(sign(page(429)).throttled).toEqual({ retryAfterMs: undefined });
    expect(sign(page(503, 7_000)).throttled).toBeUndefined();
  });
});

describe('puzzling texts', () => {
  it('are those that a refused line got, counted while they are equal', () => {
    const entries = ['Dormant', 'Dormant', 'Barred', 'Dormant'].map((text, index) =>
      refused(index, text),
    );
    expect(sign(response(entries), 4).puzzles).toEqual([
      { text: 'Dormant', lines: 2 },
      { text: 'Barred', lines: 1 },
      { text: 'Dormant', lines: 1 },
    ]);
  });

  it('are those over a whole request that nobody understands, once a line', () => {
    const answer = response([], { errorMessage: ' Try again on Monday ' });
    expect(sign(answer, 3).puzzles).toEqual([{ text: 'Try again on Monday', lines: 3 }]);
  });

  it('are not those that are known to be about the line, nor between equal ones', () => {
    const entries = ['Dormant', 'Invalid phone number', 'Dormant'].map((text, index) =>
      refused(index, text),
    );
    expect(sign(response(entries), 3).puzzles).toEqual([{ text: 'Dormant', lines: 2 }]);
  });

  it.each<[string, ProviderAnswer]>([
    ['no text', { kind: 'lost', reason: 'timeout' }],
    ['a web page', page(500)],
    ['"None"', response([refused(0, 'None')])],
    ['a known text for the account', response([], { errorMessage: 'Invalid Requests' })],
    ['the text of a duplicate', response([refused(0, 'Duplicate request')])],
  ])('are not %s', (_name, answer) => {
    expect(sign(answer).puzzles).toEqual([]);
  });

  it('do not count where a line of the same call was accepted', () => {
    const answer = response([refused(0, 'Dormant'), accepted(1)]);
    expect(sign(answer, 2)).toMatchObject({ accepted: true, puzzles: [] });
  });

  it('hide what may be a phone, so that they are equal but for it, and are cut', () => {
    const [one] = sign(response([refused(0, 'No +254711000001 in area 12345')])).puzzles;
    const [two] = sign(response([refused(0, 'No +254711000002 in area 12345')])).puzzles;
    expect(one?.text).toBe('No +… in area 12345');
    expect(two).toEqual(one);
    expect(sign(response([refused(0, 'x'.repeat(999))])).puzzles[0]?.text).toHaveLength(200);
  });
});

describe('an account', () => {
  const failing = { kind: 'unreached', reason: 'ECONNREFUSED', forMs: 300_000 } as const;

  it('goes on without trouble, and while patience lasts', () => {
    expect(judgeTrouble({ failing: undefined, puzzle: undefined }, LIMITS)).toBeUndefined();
    const patient = { failing: { ...failing, forMs: 299_999 }, puzzle: { text: 'No', lines: 19 } };
    expect(judgeTrouble(patient, LIMITS)).toBeUndefined();
  });

  it('is stopped when it was in trouble for too long, and why is said', () => {
    expect(judgeTrouble({ failing, puzzle: undefined }, LIMITS)).toBe(
      'the provider was not reached for 300 s: ECONNREFUSED',
    );
    const unclear = { kind: 'unclear', reason: 'http_503', forMs: 314_700 } as const;
    expect(judgeTrouble({ failing: unclear, puzzle: undefined }, LIMITS)).toBe(
      'the provider gave no clear answer for 315 s: http_503',
    );
  });

  it('is stopped by as many equal answers as are too many, and the text is quoted', () => {
    const puzzle = { text: 'Try again on Monday', lines: 20 };
    expect(judgeTrouble({ failing: undefined, puzzle }, LIMITS)).toBe(
      'the provider gave 20 lines in a row the same unknown answer: "Try again on Monday"',
    );
  });
});
