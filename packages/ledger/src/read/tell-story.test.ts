import { ENDING_KINDS } from '@salio/domain';
import { describe, expect, it } from 'vitest';
import { OF_LINE } from './story-facts.ts';
import type { StoryEvent, StoryKind } from './story.ts';
import { tellStory, type StoryLine } from './tell-story.ts';

const LINE: StoryLine = {
  clientReference: '20261128001',
  source: 'payroll',
  seq: 4,
  msisdn: '+254711000001',
  currency: 'KES',
  amount: '100.0000',
  state: 'succeeded',
};
const at = new Date('2026-11-28T12:01:03.123Z');

type Case = readonly [kind: StoryKind, detail: StoryEvent['detail'], sentence: string];

const CASES: readonly Case[] = [
  ['page', { page: 2, rows: 1000 }, 'taken in with page 2 of its batch (rows of the page: 1000)'],
  [
    'submission',
    { source: 'payroll', rows: 3, lines: 2, rejected: 1 },
    'its batch was checked and is whole: payroll declared 3 rows, 2 became lines, 1 were rejected',
  ],
  ['release', { operator: 'amina' }, 'the batch was released by amina'],
  ['pause', { operator: 'amina', reason: 'wait' }, 'the batch was paused by amina: wait'],
  ['resume', { operator: 'amina' }, 'the batch was resumed by amina'],
  [
    'cancel',
    { operator: 'amina', reason: 'wrong file' },
    'the batch was cancelled by amina: wrong file; what was not sent by then never is',
  ],
  [
    'stop',
    { scope: 'system', operator: 'amina', reason: 'trouble' },
    'sending was stopped for the whole system by amina: trouble',
  ],
  [
    'stop',
    { scope: 'account:main', operator: 'salio' },
    'sending was stopped for account main by salio',
  ],
  [
    'start',
    { scope: 'account:main', operator: 'amina' },
    'sending was started again for account main by amina',
  ],
  ['attempt', { attemptNo: 1, account: 'main', lines: 1 }, 'attempt 1 was opened on account main'],
  [
    'attempt',
    { attemptNo: 2, account: 'main', lines: 50 },
    'attempt 2 was opened on account main, with 49 other lines',
  ],
  [
    'send',
    { attemptNo: 1, sendNo: 1, worker: 'worker-2' },
    'sent to the provider (attempt 1, send 1) by worker-2',
  ],
  [
    'answer',
    { ending: 'accepted', requestId: 'ATQid_1', amount: 'KES 100.0000', discount: 'KES 0.4000' },
    'answered: accepted, ATQid_1, amount KES 100.0000, discount KES 0.4000. Whether it was delivered is not known yet',
  ],
  [
    'answer',
    { ending: 'refused', text: 'No luck', httpStatus: 201 },
    'answered: refused, "No luck". It was not paid',
  ],
  [
    'answer',
    { ending: 'refused', scope: 'account', text: 'No key', httpStatus: 401 },
    'answered: refused for a reason of the account, "No key" (HTTP 401). It was not paid',
  ],
  [
    'answer',
    { ending: 'not_sent', reason: 'ECONNREFUSED' },
    'nothing of it was sent: ECONNREFUSED. It was not paid',
  ],
  [
    'answer',
    { ending: 'duplicate', text: 'duplicate request to +254711000001' },
    'answered: the provider had an equal request before, "duplicate request to +25471•••001". Whether it was paid is not known',
  ],
  [
    'answer',
    { ending: 'unknown', answer: 'lost', reason: 'timeout' },
    'the answer was lost: timeout. Whether it was paid is not known',
  ],
  [
    'answer',
    { ending: 'unknown', answer: 'response', reason: 'http_500', httpStatus: 500 },
    'the answer proves nothing: http 500. Whether it was paid is not known',
  ],
  [
    'answer',
    { ending: 'unknown', answer: 'response', reason: 'line_missing', httpStatus: 502 },
    'the answer proves nothing: line missing (HTTP 502). Whether it was paid is not known',
  ],
  ['answer', { text: 'odd' }, 'answered, "odd", and nothing of this line was read'],
  [
    'validation',
    { answer: 'yes', reason: 'permitted', transactionId: 'tx-1' },
    'the provider asked whether it may pay (transaction tx-1) and was told yes: a payment of it was on its way',
  ],
  [
    'validation',
    { answer: 'no', reason: 'newer than this code' },
    'the provider asked whether it may pay and was told no: newer than this code',
  ],
  [
    'permit',
    { transactionId: 'tx-1' },
    "its one permit was given, to the provider's transaction tx-1",
  ],
  [
    'notification',
    { status: 'Failed', requestId: 'ATQid_1', amount: 'KES 100.0000', text: 'No such phone' },
    'the provider told: Failed, ATQid_1, KES 100.0000, "No such phone"',
  ],
  [
    'enquiry',
    { status: 'unknown', requestId: 'ATQid_1', operator: 'salio', reason: 'HTTP 500' },
    'salio asked the provider for ATQid_1: no clear answer: HTTP 500',
  ],
  [
    'enquiry',
    { status: 'Success', requestId: 'ATQid_1', operator: 'salio' },
    'salio asked the provider for ATQid_1: Success',
  ],
  [
    'adoption',
    { requestId: 'ATQid_1', attemptNo: 1, decision: '7' },
    "the provider's ATQid_1, which no answer had brought, was found to be of attempt 1, by decision 7",
  ],
  [
    'adoption',
    { requestId: 'ATQid_1', attemptNo: 1 },
    "the provider's ATQid_1, which no answer had brought, was found to be of attempt 1",
  ],
  [
    'resolution',
    { from: 'sent', to: 'succeeded', evidence: 'notification' },
    'sent became succeeded: the provider told so',
  ],
  [
    'proposal',
    { operator: 'amina', verdict: 'paid', decision: '7', reason: 'I saw it' },
    'amina proposed to call it paid (decision 7): I saw it',
  ],
  [
    'confirmation',
    { operator: 'baraka', verdict: 'paid', decision: '7', reason: 'I too' },
    'baraka confirmed that it is paid (decision 7): I too',
  ],
  ['retry', { operator: 'amina', reason: 'again' }, 'a retry was asked for by amina: again'],
  [
    'discrepancy',
    { discrepancy: 'amount_differs', detail: 'KES 1 of +254711000001' },
    'a difference that somebody should know of: amount differs: KES 1 of +25471•••001',
  ],
  [
    'emptied',
    { reference: 'january' },
    'phones and notes of its batch were deleted, and what came over the wire for it: it is kept no longer',
  ],
];

describe('the story of a line in sentences', () => {
  it.each(CASES)('tells a %s with %j', (kind, detail, sentence) => {
    expect(tellStory(LINE, [{ at, kind, detail }]).slice(1)).toEqual([
      `2026-11-28 12:01:03.123Z  ${sentence}`,
    ]);
  });

  it('is tested for every kind of event, and every ending', () => {
    const kinds = new Set<string>(CASES.map(([kind]) => kind));
    expect(Object.keys(OF_LINE).filter((kind) => !kinds.has(kind))).toEqual([]);
    const endings = new Set(CASES.map(([, { ending }]) => ending));
    expect(ENDING_KINDS.filter((kind) => !endings.has(kind))).toEqual([]);
  });

  it('begins with the line, its phone masked', () => {
    const first = 'Line 4 of batch 20261128001 from payroll: KES 100.0000 to';
    expect(tellStory(LINE, [])).toEqual([`${first} +25471•••001. It is succeeded.`]);
    expect(tellStory({ ...LINE, msisdn: null }, [])).toEqual([
      `${first} a phone that was deleted. It is succeeded.`,
    ]);
  });

  it('shows what came over the wire on a line of its own, phones masked, and says where it is cut', () => {
    const body = '{"phoneNumber":\n "+254711000001"\u001B[2J}';
    const detail = { ending: 'unknown', answer: 'response', body };
    const shown = '{"phoneNumber": "+25471•••001" [2J}';
    const told = (more: StoryEvent['detail']) =>
      tellStory(LINE, [{ at, kind: 'answer', detail: { ...detail, ...more } }]).at(-1);
    expect(told({})).toBe(`    verbatim: ${shown}`);
    expect(told({ bodyLength: 9000 })).toBe(
      `    verbatim (the beginning; it has 9000 characters): ${shown}`,
    );
  });
});
