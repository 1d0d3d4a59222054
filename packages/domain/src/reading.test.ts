import { describe, expect, it } from 'vitest';
import type { AskedLine, ProviderAnswer, ResponseContent, ResponseEntry } from './answer.ts';
import { currency, type Money } from './money.ts';
import { msisdn } from './msisdn.ts';
import { DEFAULT_TEXTS, readAnswer } from './reading.ts';

const KES = (units: bigint): Money => ({ currency: currency('KES'), units });
const ONE: AskedLine = { msisdn: msisdn('+254711000001'), amount: KES(1_000_000n) };
const TWO: AskedLine = { msisdn: msisdn('+254711000002'), amount: KES(2_000_000n) };

function sent(line: AskedLine, overrides: Partial<ResponseEntry> = {}): ResponseEntry {
  return {
    phoneNumber: line.msisdn,
    status: 'Sent',
    requestId: `ATQid_${line.msisdn.slice(1)}`,
    errorMessage: 'None',
    amount: line.amount,
    discount: KES(40_000n),
    ...overrides,
  };
}

function failed(line: AskedLine, overrides: Partial<ResponseEntry> = {}): ResponseEntry {
  const errorMessage = 'Value Outside The Allowed Limits';
  return sent(line, {
    status: 'Failed',
    requestId: 'None',
    errorMessage,
    discount: undefined,
    ...overrides,
  });
}

function response(
  content: Partial<ResponseContent> | undefined,
  overrides: { status?: number; body?: string } = {},
): ProviderAnswer {
  const whole = content && {
    errorMessage: 'None',
    numSent: 0,
    totalAmount: '0',
    totalDiscount: '0',
    entries: [],
    ...content,
  };
  const body =
    JSON.stringify(whole, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    ) ?? '';
  return { kind: 'response', status: 201, body, content: whole, ...overrides };
}

function endings(answer: ProviderAnswer, ...asked: AskedLine[]): string[] {
  return readAnswer(asked, answer).lines.map(({ ending }) => {
    if (ending.kind === 'accepted') return `accepted ${ending.requestId}`;
    if (ending.kind === 'refused') return `refused ${ending.scope} ${ending.reason}`;
    return `${ending.kind} ${ending.reason}`;
  });
}

const refused = (errorMessage: string) => response({ errorMessage });

describe('rule 1: what is no documented answer is unknown', () => {
  it.each([202, 204, 301, 302, 307, 404, 409, 429, 500, 502, 503, 504])(
    'HTTP %i, whatever it says',
    (status) => {
      expect(endings(response({ numSent: 1, entries: [sent(ONE)] }, { status }), ONE)).toEqual([
        `unknown http_${status}`,
      ]);
      expect(
        endings(
          response(undefined, { status, body: 'Airtime is not enabled for this account' }),
          ONE,
        ),
      ).toEqual([`unknown http_${status}`]);
    },
  );

  it('with the text at the top, where there is one', () => {
    const textOf = (errorMessage: string) =>
      readAnswer([ONE], response({ errorMessage }, { status: 500 })).lines[0]?.errorText;
    expect(textOf('Internal error')).toBe('Internal error');
    expect(textOf('None')).toBe('');
  });

  it.each([200, 201])('an unreadable body of %i', (status) => {
    expect(endings(response(undefined, { status, body: '<xml/>' }), ONE, TWO)).toEqual([
      'unknown unreadable',
      'unknown unreadable',
    ]);
  });

  it('a lost one', () => {
    expect(endings({ kind: 'lost', reason: 'timeout' }, ONE, TWO)).toEqual([
      'unknown timeout',
      'unknown timeout',
    ]);
  });
});

describe('rule 2: a duplicate proves that it was received', () => {
  const TEXT = 'A duplicate request was received within the last 5 minutes';

  it('at the top, for all lines', () => {
    expect(endings(refused(TEXT), ONE, TWO)).toEqual([
      'duplicate duplicate',
      'duplicate duplicate',
    ]);
    expect(readAnswer([ONE], refused(TEXT)).lines[0]?.errorText).toBe(TEXT);
  });

  it('at the top, though one line says it too and another is refused', () => {
    const entries = [failed(ONE, { errorMessage: TEXT }), failed(TWO)];
    expect(endings(response({ errorMessage: TEXT, entries }), ONE, TWO)).toEqual([
      'duplicate duplicate',
      'duplicate duplicate',
    ]);
  });

  it('at one line, for that line', () => {
    const answer = response({
      numSent: 1,
      entries: [failed(ONE, { errorMessage: TEXT }), sent(TWO)],
    });
    expect(endings(answer, ONE, TWO)).toEqual([
      'duplicate duplicate',
      'accepted ATQid_254711000002',
    ]);
  });

  it('at a line that looks accepted', () => {
    const answer = response({ numSent: 1, entries: [sent(ONE, { errorMessage: TEXT })] });
    expect(endings(answer, ONE)).toEqual(['duplicate duplicate']);
  });

  it('anywhere else in the body, for all lines', () => {
    const answer = response({
      numSent: 1,
      entries: [sent(ONE), failed(TWO)],
      totalDiscount: 'DUPLICATE',
    });
    expect(endings(answer, ONE, TWO)).toEqual(['duplicate duplicate', 'duplicate duplicate']);
  });

  it.each([400, 401, 403])('in the body of %i', (status) => {
    expect(endings(response(undefined, { status, body: `Oh: ${TEXT}` }), ONE)).toEqual([
      `duplicate http_${status}`,
    ]);
  });

  it('even where a known text of refusal says so too', () => {
    const answer = response({
      errorMessage: 'Invalid Requests',
      entries: [failed(ONE, { errorMessage: TEXT })],
    });
    expect(endings(answer, ONE)).toEqual(['duplicate duplicate']);
  });

  it('so that the same answer refuses no other line by its known text, nor one that is listed twice', () => {
    const silent = failed(ONE, { errorMessage: 'None' });
    const entries = [silent, failed(ONE, { errorMessage: TEXT })];
    expect(endings(response({ errorMessage: 'Invalid Requests', entries }), ONE, TWO)).toEqual([
      'unknown listed_twice',
      'unknown line_missing',
    ]);
  });
});

describe('rule 3: the request was refused whole', () => {
  it.each([
    'Airtime is not enabled for this account',
    'Request is over the trial limit. Submit your KYC to remove limit',
    'Invalid Requests',
  ])('by the known text "%s"', (text) => {
    const nothing = 'refused account nothing_sent';
    expect(endings(refused(text), ONE, TWO)).toEqual([nothing, nothing]);
    expect(readAnswer([ONE], refused(text)).lines[0]?.errorText).toBe(text);
  });

  it.each([400, 401, 403])('by HTTP %i', (status) => {
    const body = 'The supplied authentication is invalid';
    expect(endings(response(undefined, { status, body }), ONE)).toEqual([
      `refused account http_${status}`,
    ]);
    expect(readAnswer([ONE], response(undefined, { status, body })).lines[0]?.errorText).toBe(body);
  });

  it('keeps at most 500 characters of what was said', () => {
    const reading = readAnswer(
      [ONE],
      response(undefined, { status: 401, body: 'x'.repeat(9_000) }),
    );
    expect(reading.lines[0]?.errorText).toHaveLength(500);
  });

  it("with a line's own reason where the line has one (contract 1.5, all Failed)", () => {
    const answer = response({
      errorMessage: 'Invalid Requests',
      entries: [failed(ONE), failed(TWO, { errorMessage: 'None' })],
    });
    expect(endings(answer, ONE, TWO)).toEqual([
      'refused line line_refused',
      'refused account nothing_sent',
    ]);
  });

  it.each([
    ['an unknown text', { errorMessage: 'Insufficient balance' }],
    ['a text that only begins like a known one', { errorMessage: 'Invalid Requests!' }],
    ['another case', { errorMessage: 'invalid requests' }],
    ['a count of one', { errorMessage: 'Invalid Requests', numSent: 1 }],
    ['no count', { errorMessage: 'Invalid Requests', numSent: undefined }],
    [
      'a line that is not Failed',
      { errorMessage: 'Invalid Requests', entries: [sent(TWO, { requestId: 'None' })] },
    ],
    [
      'a line with an id',
      { errorMessage: 'Invalid Requests', entries: [failed(TWO, { requestId: 'ATQid_9' })] },
    ],
  ])('not by %s: that is unknown', (_name, content) => {
    expect(endings(response(content), ONE)).toEqual(['unknown line_missing']);
  });

  it('by texts that are settings', () => {
    const texts = { ...DEFAULT_TEXTS, nothingSent: ['Insufficient balance'] };
    const [line] = readAnswer([ONE], refused('Insufficient balance'), texts).lines;
    expect(line?.ending).toEqual({ kind: 'refused', scope: 'account', reason: 'nothing_sent' });
    expect(readAnswer([ONE], refused('Invalid Requests'), texts).lines[0]?.ending.kind).toBe(
      'unknown',
    );
  });
});

describe('rule 4: line by line, matched by phone', () => {
  it('a Sent line with an id is accepted, in whatever order (contract 1.2)', () => {
    const answer = response({ numSent: 2, entries: [sent(TWO), sent(ONE)] });
    expect(endings(answer, ONE, TWO)).toEqual([
      'accepted ATQid_254711000001',
      'accepted ATQid_254711000002',
    ]);
    const { lines, oddities } = readAnswer([ONE, TWO], answer);
    expect(oddities).toEqual([]);
    expect(lines[0]).toMatchObject({
      ending: { amount: ONE.amount, discount: KES(40_000n) },
      status: 'Sent',
      errorText: 'None',
    });
  });

  it('one bad line does not take the others with it (contract 1.6)', () => {
    const answer = response({ numSent: 1, entries: [sent(ONE), failed(TWO)] });
    expect(endings(answer, ONE, TWO)).toEqual([
      'accepted ATQid_254711000001',
      'refused line line_refused',
    ]);
    expect(readAnswer([ONE, TWO], answer).lines[1]).toMatchObject({
      status: 'Failed',
      errorText: 'Value Outside The Allowed Limits',
    });
  });

  it.each(['Queued', 'Success', 'PendingConfirmation', 'Submitted', '', 'failed', 'FAILED'])(
    'status "%s" with an id is accepted (contract 1.6)',
    (status) => {
      expect(endings(response({ numSent: 1, entries: [sent(ONE, { status })] }), ONE)).toEqual([
        'accepted ATQid_254711000001',
      ]);
    },
  );

  it.each([
    ['Failed with an id', { status: 'Failed' }],
    ['Sent without an id', { requestId: 'None' }],
    ['Sent with an empty id', { requestId: '' }],
    ['Sent with an id that is none of theirs', { requestId: '12345' }],
    ['Sent with an id that holds spaces', { requestId: 'ATQid_1 2' }],
    ['Failed with an empty id', { status: 'Failed', requestId: '' }],
    ['Failed with the id "none"', { status: 'Failed', requestId: 'none' }],
    ['failed, in another case, with no id', { status: 'failed', requestId: 'None' }],
  ])('%s is unknown', (_name, overrides) => {
    expect(endings(response({ entries: [sent(ONE, overrides)] }), ONE)).toEqual([
      'unknown unrecognised',
    ]);
  });

  it('a line that is missing is unknown', () => {
    expect(endings(response({ numSent: 1, entries: [sent(TWO)] }), ONE, TWO)).toEqual([
      'unknown line_missing',
      'accepted ATQid_254711000002',
    ]);
  });

  it('no lines at all and no known text is unknown', () => {
    expect(endings(response({}), ONE)).toEqual(['unknown line_missing']);
  });

  it.each([undefined, 0, 2, -1])(
    'a count of %s, where one was taken, refuses nobody and accepts who has an id',
    (numSent) => {
      const answer = response({ numSent, entries: [sent(ONE), failed(TWO)] });
      expect(endings(answer, ONE, TWO)).toEqual([
        'accepted ATQid_254711000001',
        'unknown count_differs',
      ]);
      expect(readAnswer([ONE, TWO], answer).oddities).toMatchObject([{ kind: 'count_differs' }]);
    },
  );

  it('a phone that is written differently is not the phone', () => {
    const answer = response({ numSent: 1, entries: [sent(ONE, { phoneNumber: '254711000001' })] });
    expect(endings(answer, ONE)).toEqual(['unknown line_missing']);
  });
});

describe('rule 5: proven unsent', () => {
  it('is not sent, for every line', () => {
    const answer: ProviderAnswer = { kind: 'not_sent', reason: 'ECONNREFUSED' };
    expect(endings(answer, ONE, TWO)).toEqual(['not_sent ECONNREFUSED', 'not_sent ECONNREFUSED']);
  });
});

describe('oddities', () => {
  function oddities(content: Partial<ResponseContent>, ...asked: AskedLine[]) {
    return readAnswer(asked, response(content)).oddities;
  }

  it('another amount is accepted and written down', () => {
    expect(oddities({ numSent: 1, entries: [sent(ONE, { amount: KES(1n) })] }, ONE)).toEqual([
      { kind: 'amount_differs', msisdn: ONE.msisdn, detail: 'asked KES 100.0000, told KES 0.0001' },
    ]);
    expect(
      oddities({ numSent: 1, entries: [sent(ONE, { amount: undefined })] }, ONE),
    ).toMatchObject([{ detail: 'asked KES 100.0000, told none' }]);
    const other = { currency: currency('UGX'), units: ONE.amount.units };
    expect(oddities({ numSent: 1, entries: [sent(ONE, { amount: other })] }, ONE)).toMatchObject([
      { kind: 'amount_differs' },
    ]);
  });

  it('two ids for one line are a credit too many', () => {
    const entries = [sent(ONE), sent(ONE, { requestId: 'ATQid_9' })];
    expect(oddities({ numSent: 2, entries }, ONE)).toEqual([
      { kind: 'listed_twice', msisdn: ONE.msisdn, detail: '2 times' },
      { kind: 'credited_twice', msisdn: ONE.msisdn, detail: 'ATQid_254711000001 ATQid_9' },
    ]);
    expect(endings(response({ numSent: 2, entries }), ONE)).toEqual([
      'accepted ATQid_254711000001',
    ]);
  });

  it('one id for a line that is listed twice is one credit', () => {
    const entries = [sent(ONE), sent(ONE)];
    expect(endings(response({ numSent: 2, entries }), ONE)).toEqual([
      'accepted ATQid_254711000001',
    ]);
    expect(oddities({ numSent: 2, entries }, ONE).map(({ kind }) => kind)).toEqual([
      'listed_twice',
    ]);
  });

  it('a line that is listed twice is accepted by the mention that has an id, else unknown', () => {
    expect(endings(response({ numSent: 1, entries: [failed(ONE), sent(ONE)] }), ONE)).toEqual([
      'accepted ATQid_254711000001',
    ]);
    expect(endings(response({ numSent: 0, entries: [failed(ONE), failed(ONE)] }), ONE)).toEqual([
      'unknown listed_twice',
    ]);
  });

  it('an id that stands at two phones proves neither', () => {
    const entries = [sent(ONE), sent(TWO, { requestId: 'ATQid_254711000001' })];
    expect(endings(response({ numSent: 2, entries }), ONE, TWO)).toEqual([
      'unknown unrecognised',
      'unknown unrecognised',
    ]);
    expect(oddities({ numSent: 2, entries }, ONE, TWO).map(({ kind }) => kind)).toEqual([
      'count_differs',
      'request_id_shared',
      'request_id_shared',
    ]);
  });

  it('a line that nobody asked for is written down, masked', () => {
    expect(oddities({ numSent: 2, entries: [sent(ONE), sent(TWO)] }, ONE)).toEqual([
      { kind: 'unasked_line', msisdn: undefined, detail: '+25471•••002' },
    ]);
  });

  it('a count that is missing is written down', () => {
    expect(oddities({ numSent: undefined, entries: [sent(ONE)] }, ONE)).toMatchObject([
      { kind: 'count_differs', detail: 'numSent missing, 1 lines with an id' },
    ]);
  });
});
