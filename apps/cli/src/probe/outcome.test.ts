import { currency, msisdn, type ProviderAnswer, type ResponseContent } from '@salio/domain';
import { describe, expect, it } from 'vitest';
import { judge } from './outcome.ts';

const line = {
  msisdn: msisdn('+254711000001'),
  amount: { currency: currency('KES'), units: 100_000n },
};
const DUPLICATE = 'A duplicate request was received within the last 5 minutes';
const entry = {
  phoneNumber: line.msisdn,
  status: 'Sent',
  requestId: 'ATQid_1',
  errorMessage: 'None',
  amount: line.amount,
  discount: undefined,
};

const answer = (content: Partial<ResponseContent> | undefined, status = 201): ProviderAnswer => ({
  kind: 'response',
  status,
  body: 'body',
  content: content && {
    errorMessage: 'None',
    numSent: 0,
    totalAmount: '0',
    totalDiscount: '0',
    entries: [],
    ...content,
  },
});
const accepted = answer({ numSent: 1, entries: [entry] });
const outcomeOf = (told: ProviderAnswer, known: string[] = []) =>
  judge(line, told, new Set(known)).outcome;

describe('an outcome', () => {
  it('is accepted only under an id that was not told before', () => {
    expect(judge(line, accepted, new Set())).toEqual({
      outcome: 'accepted',
      httpStatus: 201,
      text: 'None',
      requestId: 'ATQid_1',
      body: 'body',
    });
    expect(outcomeOf(accepted, ['ATQid_1'])).toBe('unexpected');
  });

  it('is refused only in the documented form', () => {
    const refused = answer({ errorMessage: DUPLICATE });
    expect(judge(line, refused, new Set())).toMatchObject({ outcome: 'refused', text: DUPLICATE });
    expect(outcomeOf(answer({ errorMessage: DUPLICATE, numSent: 1 }))).toBe('unexpected');
    expect(outcomeOf(answer({ errorMessage: DUPLICATE, entries: [entry] }))).toBe('unexpected');
    const failed = { ...entry, status: 'Failed', requestId: 'None', errorMessage: DUPLICATE };
    expect(outcomeOf(answer({ entries: [failed] }))).toBe('unexpected');
  });

  it.each<[string, ProviderAnswer]>([
    ['another text', answer({ errorMessage: 'Try later' })],
    [
      'a refusal of the account',
      answer({ errorMessage: 'Airtime is not enabled for this account' }),
    ],
    ['an unreadable body', answer(undefined)],
    ['a server error', answer(undefined, 500)],
    ['too many requests', answer(undefined, 429)],
    ['no answer', { kind: 'lost', reason: 'timeout' }],
    ['nothing sent', { kind: 'not_sent', reason: 'ECONNREFUSED' }],
  ])('is unexpected for %s', (_what, told) => {
    expect(outcomeOf(told)).toBe('unexpected');
  });
});
