import { currency, DEFAULT_TEXTS, msisdn, readAnswer, type ProviderAnswer } from '@salio/domain';
import type { RecordedAnswer } from '@salio/ledger';
import { describe, expect, it } from 'vitest';
import { readLine, writeLine } from './journal-line.ts';

const line = {
  batchNo: 7,
  seq: 3,
  attemptNo: 2,
  msisdn: msisdn('+254711000001'),
  amount: { currency: currency('KES'), units: 1_000_000n },
};
const attempt = {
  attemptId: '9007199254740993',
  sendNo: 1,
  account: 'main',
  idempotencyKey: 'ab'.repeat(32),
  lines: [line],
};

function recorded(answer: ProviderAnswer): RecordedAnswer {
  return { attempt, answer, tookMs: 12.5, reading: readAnswer(attempt.lines, answer) };
}

const entry = {
  phoneNumber: line.msisdn,
  status: 'Sent',
  requestId: 'ATQid_1',
  errorMessage: 'None',
  amount: line.amount,
  discount: undefined,
};
const ACCEPTED = recorded({
  kind: 'response',
  status: 201,
  body: '{"numSent":1}\n\u0000\ud800 "quoted"',
  content: {
    errorMessage: 'None',
    numSent: undefined,
    totalAmount: 'KES 100.0000',
    totalDiscount: 'KES 4.0000',
    entries: [entry],
  },
});

describe('a line of the journal', () => {
  it.each([
    ['an acceptance', ACCEPTED],
    [
      'a body that is no JSON',
      recorded({ kind: 'response', status: 502, body: '<html>', content: undefined }),
    ],
    ['a lost answer', recorded({ kind: 'lost', reason: 'timeout' })],
    ['what was not sent', recorded({ kind: 'not_sent', reason: 'commit_in_doubt' })],
  ])('gives back %s', (_name, answer) => {
    const text = writeLine(answer);
    expect(text).not.toContain('\n');
    expect(readLine(text, DEFAULT_TEXTS)).toEqual(answer);
  });

  it('is not believed wherever it was cut off or altered', () => {
    const text = writeLine(ACCEPTED);
    for (let length = 0; length < text.length; length += 1) {
      expect(readLine(text.slice(0, length), DEFAULT_TEXTS)).toBeUndefined();
    }
    expect(readLine(text.replace('ATQid_1', 'ATQid_2'), DEFAULT_TEXTS)).toBeUndefined();
  });

  it('of another version is not read, whatever its checksum', () => {
    const other = { ...ACCEPTED, attempt: { ...attempt, idempotencyKey: 'short' } };
    expect(readLine(writeLine(other), DEFAULT_TEXTS)).toBeUndefined();
  });
});
