import { expect, it } from 'vitest';
import type { BookEntry } from '../book.ts';
import { FaultRecorder } from './fault-log.ts';
import { judge, type AskedRow, type Evidence, type LineFact } from './judge.ts';
import type { SendFact } from './suppressed.ts';

const PHONE = '+254711000001';
const CLEAN = {
  paidTwice: 0,
  lost: 0,
  falseFailed: 0,
  falsePaid: 0,
  unaccounted: 0,
  wrongAmount: 0,
};

const row = (over: Partial<AskedRow> = {}): AskedRow => {
  const asked = { phone: PHONE, amount: '10.50', currency: 'KES', reference: '' };
  return { name: 'b/1', row: 1, ...asked, fate: 'paid', ...over };
};
const line = (state: string, over: Partial<LineFact> = {}): LineFact => {
  const shown = { phone: PHONE, currency: 'KES', amount: '10.5000', requestId: undefined };
  return { name: 'b/1', ...shown, state, ...over };
};
const credit = (over: Partial<BookEntry> = {}): BookEntry => {
  const paid = { phone: PHONE, currency: 'KES', amount: '105000', credited: true };
  return { ...paid, requestId: 'ATQid_1', key: 'k1', ...over };
};
const send = (name: string, key: string): SendFact => {
  const answered = { openedMs: 0, answeredMs: 1, answer: 'response' } as const;
  return { line: name, key, worker: 'w', ...answered };
};

function judged(given: Partial<Omit<Evidence, 'lines'>> & { readonly lines?: LineFact[] }) {
  const { lines = [], ...rest } = given;
  return judge({
    rows: [row()],
    rejections: new Set(),
    sends: [],
    book: [],
    lies: new Set(),
    log: new FaultRecorder(),
    asksFirst: false,
    ...rest,
    lines: new Map(lines.map((fact) => [fact.name, fact])),
  });
}

it('finds nothing wrong where each line says what the book says', () => {
  const paid = judged({ lines: [line('sent')], book: [credit()] });
  expect(paid).toMatchObject({ ...CLEAN, unresolved: 0, problemCount: 0 });
  const unpaid = judged({ lines: [line('failed')], book: [credit({ credited: false })] });
  expect(unpaid).toMatchObject({ ...CLEAN, problemCount: 0 });
  expect(judged({ rejections: new Set(['b/1']), rows: [row({ fate: 'rejected' })] })).toMatchObject(
    { ...CLEAN, problemCount: 0 },
  );
});

it.each([
  ['paidTwice', { lines: [line('sent')], book: [credit(), credit({ requestId: 'ATQid_2' })] }],
  ['lost', {}],
  ['falseFailed', { lines: [line('failed')], book: [credit()] }],
  ['falseFailed', { lines: [line('cancelled')], book: [credit()] }],
  ['falsePaid', { lines: [line('succeeded')] }],
  ['unaccounted', { lines: [line('queued')] }],
  ['wrongAmount', { lines: [line('failed')], book: [credit({ amount: '105001' })] }],
  ['wrongAmount', { lines: [line('failed', { amount: '11.0000' })] }],
] as const)('counts %s', (counter, given) => {
  expect(judged({ ...given, lines: [...('lines' in given ? given.lines : [])] })).toMatchObject({
    ...CLEAN,
    [counter]: 1,
  });
});

it('gives a credit to the line whose request brought it, where two ask for the same', () => {
  const two = {
    rows: [row(), row({ name: 'b/2', row: 2 })],
    lines: [line('failed'), line('unresolved', { name: 'b/2' })],
    lies: new Set(['k2']),
    sends: [send('b/1', 'k1'), send('b/2', 'k2')],
  };
  expect(judged({ ...two, book: [credit({ key: 'k2' })] })).toMatchObject(CLEAN);
  expect(judged({ ...two, book: [credit({ key: 'k1' })] })).toMatchObject({ falseFailed: 1 });
});

it('bounds what is unresolved by what was suppressed, and wants an explanation for each line', () => {
  const lines = [line('unresolved')];
  const explained = judged({ lines, sends: [send('b/1', 'k1')], lies: new Set(['k1']) });
  expect(explained).toMatchObject({ unresolved: 1, unresolvedBound: 1, problemCount: 0 });
  const unexplained = judged({ lines, sends: [send('b/1', 'k1')] });
  expect(unexplained).toMatchObject({ unresolved: 1, unresolvedBound: 0, unexplained: 1 });
  expect(unexplained.problems[0]).toContain(
    'k1 by w at 1970-01-01T00:00:00.000Z: response after 1 ms',
  );
});
