import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AskedLine, ProviderAnswer, ResponseContent, ResponseEntry } from './answer.ts';
import { ENDING_KINDS } from './ending.ts';
import { fold } from './fold.ts';
import { currency } from './money.ts';
import { msisdn } from './msisdn.ts';
import { DEFAULT_TEXTS, readAnswer } from './reading.ts';

const PHONES = ['+254711000001', '+254711000002', '+254711000003'];
const units = fc.constantFrom(100_000n, 1_000_000n);
const amount = units.map((value) => ({ currency: currency('KES'), units: value }));
const asked = fc
  .uniqueArray(fc.constantFrom(...PHONES), { minLength: 1 })
  .chain((phones) =>
    fc.tuple(
      ...phones.map((phone) =>
        amount.map((money): AskedLine => ({ msisdn: msisdn(phone), amount: money })),
      ),
    ),
  );

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constant('None') },
  fc.constantFrom(
    ...DEFAULT_TEXTS.nothingSent,
    'Value Outside The Allowed Limits',
    'A duplicate request was received within the last 5 minutes',
    'DUPLICATE',
    '',
  ),
  fc.string(),
);
const entry = fc.record<ResponseEntry>({
  phoneNumber: fc.constantFrom(...PHONES, '+254711000009', ''),
  status: fc.constantFrom('Sent', 'Failed', 'Failed', 'Queued', 'failed', 'Duplicate', ''),
  requestId: fc.constantFrom('ATQid_1', 'ATQid_2', 'ATQid_3', 'None', 'None', 'none', '', 'ATQid_'),
  errorMessage: text,
  amount: fc.option(amount, { nil: undefined }),
  discount: fc.option(amount, { nil: undefined }),
});
const content = fc.record<ResponseContent>({
  errorMessage: text,
  numSent: fc.constantFrom(0, 0, 1, 2, 3, undefined),
  totalAmount: fc.constantFrom('0', 'KES 100.0000'),
  totalDiscount: fc.constant('0'),
  entries: fc.array(entry, { maxLength: 4 }),
});

/** Answers that look as if nothing had been sent: the narrow path to a refusal. */
const refusing = fc.record<ResponseContent>({
  errorMessage: fc.constantFrom(...DEFAULT_TEXTS.nothingSent, 'None'),
  numSent: fc.constant(0),
  totalAmount: fc.constant('0'),
  totalDiscount: fc.constant('0'),
  entries: fc.array(
    fc.record<ResponseEntry>({
      phoneNumber: fc.constantFrom(...PHONES),
      status: fc.constant('Failed'),
      requestId: fc.constant('None'),
      errorMessage: fc.constantFrom(
        'None',
        'None',
        'Value Outside The Allowed Limits',
        'Duplicate request',
      ),
      amount: fc.constant(undefined),
      discount: fc.constant(undefined),
    }),
    { maxLength: 4 },
  ),
});

/** The body is the JSON of the content, as a real adapter's is. */
const documented = fc.oneof(content, refusing).map((value): ProviderAnswer => {
  const body = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? String(inner) : inner,
  );
  return { kind: 'response', status: 201, body, content: value };
});
const anyAnswer = fc.oneof(
  { weight: 6, arbitrary: documented },
  fc.record({
    kind: fc.constant('response' as const),
    status: fc.constantFrom(200, 201, 202, 302, 400, 401, 403, 404, 429, 500, 503),
    body: text,
    content: fc.constant(undefined),
  }),
  fc.record({ kind: fc.constantFrom('not_sent' as const, 'lost' as const), reason: fc.string() }),
);

function mentionsDuplicate(value: string | undefined): boolean {
  return value !== undefined && value.toLowerCase().includes('duplicate');
}

const runs = { numRuns: 2_000 };

describe('any answer at all', () => {
  it('gives each line asked one ending, and nothing else one', () => {
    fc.assert(
      fc.property(asked, anyAnswer, (lines, answer) => {
        const reading = readAnswer(lines, answer);
        expect(reading.lines).toHaveLength(lines.length);
        for (const { ending } of reading.lines) expect(ENDING_KINDS).toContain(ending.kind);
      }),
      runs,
    );
  });

  it('refuses no line when it mentions a duplicate outside of single lines', () => {
    fc.assert(
      fc.property(asked, anyAnswer, (lines, answer) => {
        if (answer.kind !== 'response') return;
        const top = answer.content ? answer.content.errorMessage : answer.body;
        if (!mentionsDuplicate(top)) return;
        const kinds = readAnswer(lines, answer).lines.map(({ ending }) => ending.kind);
        expect(kinds).not.toContain('refused');
        expect(kinds).not.toContain('accepted');
      }),
      runs,
    );
  });

  it('refuses no line whose own text, anywhere in it, mentions a duplicate', () => {
    fc.assert(
      fc.property(asked, documented, (lines, answer) => {
        if (answer.kind !== 'response') return;
        const reading = readAnswer(lines, answer);
        for (const [index, line] of lines.entries()) {
          const own =
            answer.content?.entries.filter(({ phoneNumber }) => phoneNumber === line.msisdn) ?? [];
          const mentioned = own.some((mention) =>
            mentionsDuplicate(mention.errorMessage + mention.status),
          );
          if (mentioned) expect(reading.lines[index]?.ending.kind).not.toBe('refused');
        }
      }),
      runs,
    );
  });

  it('refuses no line of a request of one line that mentions a duplicate at all', () => {
    fc.assert(
      fc.property(asked, anyAnswer, ([line], answer) => {
        if (!line || answer.kind !== 'response') return;
        const foreign = answer.content?.entries.some(
          ({ phoneNumber }) => phoneNumber !== line.msisdn,
        );
        if (foreign || !mentionsDuplicate(answer.body)) return;
        expect(readAnswer([line], answer).lines[0]?.ending.kind).not.toBe('refused');
      }),
      runs,
    );
  });

  it('accepts a line only by an id of its own at its own phone', () => {
    fc.assert(
      fc.property(asked, anyAnswer, (lines, answer) => {
        for (const [index, { ending }] of readAnswer(lines, answer).lines.entries()) {
          if (ending.kind !== 'accepted') continue;
          expect(ending.requestId).toMatch(/^ATQid_[0-9A-Za-z]+$/);
          const entries = answer.kind === 'response' ? (answer.content?.entries ?? []) : [];
          const holders = entries.filter(({ requestId }) => requestId === ending.requestId);
          expect(new Set(holders.map(({ phoneNumber }) => phoneNumber))).toEqual(
            new Set([lines[index]?.msisdn]),
          );
        }
      }),
      runs,
    );
  });

  it('never accepts two lines with one id', () => {
    fc.assert(
      fc.property(asked, anyAnswer, (lines, answer) => {
        const ids = readAnswer(lines, answer).lines.flatMap(({ ending }) =>
          ending.kind === 'accepted' ? [ending.requestId] : [],
        );
        expect(new Set(ids).size).toBe(ids.length);
      }),
      runs,
    );
  });

  it('refuses no line when the count does not fit the lines that were taken', () => {
    fc.assert(
      fc.property(asked, documented, (lines, answer) => {
        const reading = readAnswer(lines, answer);
        if (!reading.oddities.some(({ kind }) => kind === 'count_differs')) return;
        expect(reading.lines.filter(({ ending }) => ending.kind === 'refused')).toEqual([]);
      }),
      runs,
    );
  });

  it('refuses a line that it lists only where each mention is Failed without an id', () => {
    fc.assert(
      fc.property(asked, documented, (lines, answer) => {
        if (answer.kind !== 'response') return;
        for (const [index, { ending }] of readAnswer(lines, answer).lines.entries()) {
          if (ending.kind !== 'refused') continue;
          const own =
            answer.content?.entries.filter(
              ({ phoneNumber }) => phoneNumber === lines[index]?.msisdn,
            ) ?? [];
          expect(
            own.every(({ status, requestId }) => status === 'Failed' && requestId === 'None'),
          ).toBe(true);
        }
      }),
      runs,
    );
  });

  it('proves a line unpaid only by a refusal or by not having left', () => {
    fc.assert(
      fc.property(asked, anyAnswer, (lines, answer) => {
        for (const { ending } of readAnswer(lines, answer).lines) {
          if (ending.kind === 'not_sent') expect(answer.kind).toBe('not_sent');
          if (answer.kind === 'lost') expect(fold([{ kind: 'unknown' }]).kind).toBe('unresolved');
          if (answer.kind === 'lost') expect(ending.kind).toBe('unknown');
        }
      }),
      runs,
    );
  });

  it('reads the same whatever the order of its entries', () => {
    fc.assert(
      fc.property(asked, content, (lines, value) => {
        const unique = [...new Map(value.entries.map((one) => [one.phoneNumber, one])).values()];
        const read = (entries: ResponseEntry[]) =>
          readAnswer(lines, {
            kind: 'response',
            status: 201,
            body: '',
            content: { ...value, entries },
          }).lines;
        expect(read(unique.toReversed())).toEqual(read(unique));
      }),
      runs,
    );
  });
});
