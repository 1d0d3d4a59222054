import { describe, expect, it } from 'vitest';
import { pageHash, PAGE_ROWS, ROW_LIMITS, type InputRow } from '@salio/domain';
import { JobInvalid } from './job-invalid.ts';
import { generateKeys, readPublicKey } from './keys.ts';
import { addressOf, declarationOf, rowsOf, type IntakeMessage } from './message.ts';
import {
  askMessage,
  closingMessage,
  FURTHER_TERMS,
  inputRow,
  LEDGER_ID,
  NOW,
  pageMessage,
  pageOfAnothersBatch,
  sourceKeys,
} from './message.fixture.ts';
import { parseIntakeMessage } from './parse-message.ts';
import { INTAKE_JOB_BYTES_MAX, intakeJobId } from './queues.ts';
import { MESSAGE_LIFE_MAX_MS, verifyMessage } from './verify-message.ts';

const key = readPublicKey(sourceKeys.publicKey);
const verify = (message: IntakeMessage, now = NOW) =>
  verifyMessage(message, key, { ledgerId: LEDGER_ID, now });
/** As it comes out of Redis. */
const travelled = (message: unknown): IntakeMessage =>
  parseIntakeMessage(JSON.parse(JSON.stringify(message)));

const messages = [
  ['page', pageMessage()],
  ['closing', closingMessage()],
  ['closing with further terms', closingMessage(FURTHER_TERMS)],
  ['ask', askMessage()],
] as const;

describe.each(messages)('a signed %s', (_kind, message) => {
  it('is accepted as it was signed', () => {
    expect(travelled(message)).toEqual(message);
    expect(verify(travelled(message))).toEqual({ ok: true });
  });

  it.each(leavesOf(message))('is refused with another %s', (path) => {
    const forged = changed(message, path);
    expect(forged).not.toEqual(message);
    expect(outcomeOf(forged)).not.toBe('ok');
  });

  it('is refused under another key, and by another ledger', () => {
    const stranger = readPublicKey(generateKeys().publicKey);
    expect(verifyMessage(message, stranger, { ledgerId: LEDGER_ID, now: NOW })).toEqual({
      ok: false,
      reason: 'signature',
    });
    expect(verifyMessage(message, key, { ledgerId: 'ledger-2', now: NOW })).toEqual({
      ok: false,
      reason: 'other_ledger',
    });
  });

  it('is refused from the moment it expires, and long before', () => {
    expect(verify(message, message.expiresAt - 1)).toEqual({ ok: true });
    expect(verify(message, message.expiresAt)).toEqual({ ok: false, reason: 'expired' });
    expect(verify(message, message.expiresAt - MESSAGE_LIFE_MAX_MS)).toEqual({ ok: true });
    expect(verify(message, message.expiresAt - MESSAGE_LIFE_MAX_MS - 1)).toEqual({
      ok: false,
      reason: 'expiry_too_far',
    });
  });

  it('is refused with a field that the signature does not cover', () => {
    expect(outcomeOf({ ...message, releaseAtOnce: true })).toBe('(whole)');
  });
});

describe('a signed page', () => {
  it('carries the rows, and the hash that domain gives them', () => {
    const rows: InputRow[] = [inputRow(), inputRow({ note: '5:x', fault: 'row_too_long' })];
    const message = pageMessage(rows);
    expect(rowsOf(message)).toEqual(rows);
    expect(message.hash).toBe(pageHash(rows));
  });

  it('is refused with other rows under its own hash', () => {
    const message = pageMessage();
    const rows = message.rows.map(([phone, , ...rest]) => [phone, '10000', ...rest]);
    const forged = travelled({ ...message, rows });
    expect(verify(forged)).toEqual({ ok: false, reason: 'hash' });
  });

  it('is refused with its rows in another order, or one left out', () => {
    const message = pageMessage([inputRow(), inputRow({ amount: '20' })]);
    expect(verify({ ...message, rows: message.rows.toReversed() })).toMatchObject({ ok: false });
    expect(verify({ ...message, rows: message.rows.slice(1) })).toMatchObject({ ok: false });
  });

  it("is refused for another source's batch, however well it is signed", () => {
    expect(verify(travelled(pageOfAnothersBatch()))).toEqual({ ok: false, reason: 'batch_id' });
  });

  it('fits into a job with the longest texts that are allowed', () => {
    const long = Object.entries(ROW_LIMITS).map(([column, limit]) => [
      column,
      '\u0001'.repeat(limit),
    ]);
    const row: InputRow = inputRow(Object.fromEntries(long));
    const message = pageMessage(Array.from({ length: PAGE_ROWS }, () => row));
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(INTAKE_JOB_BYTES_MAX);
    expect(verify(travelled(message))).toEqual({ ok: true });
  });
});

describe('reading an intake job', () => {
  const page = pageMessage();
  const tooLong = 'x'.repeat(ROW_LIMITS.reference + 1);
  const told = closingMessage(FURTHER_TERMS);
  const withTerms = (terms: object) => ({ ...told, terms: { ...told.terms, ...terms } });
  const NOWHERE = { ...FURTHER_TERMS.quietHours, zone: 'Africa/Nowhere' };
  const tuple = (at: number, text: unknown) => {
    const row: unknown[] = [...(page.rows[0] ?? [])];
    row[at] = text;
    return { ...page, rows: [row] };
  };
  it.each<[string, unknown, string]>([
    ['nothing', null, '(whole)'],
    ['another kind', { ...page, kind: 'credit' }, 'kind'],
    ['another version', { ...page, v: 2 }, 'v'],
    ['no rows', { ...page, rows: [] }, 'rows'],
    ['too many rows', { ...page, rows: Array(PAGE_ROWS + 1).fill(page.rows[0]) }, 'rows'],
    ['a text above its limit', tuple(3, tooLong), 'rows.0.3'],
    ['a number for an amount', tuple(1, 10), 'rows.0.1'],
    ['half a character', tuple(4, '\ud800'), 'rows.0.4'],
    ['an unknown fault', tuple(5, 'row_fine'), 'rows.0.5'],
    ['a page below zero', { ...page, page: -1 }, 'page'],
    ['a page that is no integer', { ...page, page: 0.5 }, 'page'],
    ['a batch id in capitals', { ...page, batchId: page.batchId.toUpperCase() }, 'batchId'],
    ['a reference with a line end', { ...page, clientReference: 'a\nb' }, 'clientReference'],
    ['a source that is a path', { ...page, source: '../x' }, 'source'],
    ['terms that nobody knows', withTerms({ releaseAt: 1 }), 'terms'],
    ['an expiry before the start', withTerms({ expiresAt: FURTHER_TERMS.notBefore }), 'terms'],
    ['quiet hours of no place', withTerms({ quietHours: NOWHERE }), 'terms'],
    ['a parent with a line end', withTerms({ corrects: 'a\nb' }), 'terms.corrects'],
  ])('names the field of %s', (_what, data, field) => {
    expect(outcomeOf(data)).toBe(field);
  });

  it('never shows what stood in the field', () => {
    const error = failureOf(tuple(0, `+254711000001${'9'.repeat(100)}`));
    expect(error).toBeInstanceOf(JobInvalid);
    expect(error?.message).toContain('rows.0.0');
    expect(error?.message).not.toContain('+2547');
  });

  it('takes sums only sorted, once per currency and as plain digits', () => {
    const closing = closingMessage();
    const sums = (controlSums: unknown) => ({
      ...closing,
      declaration: { ...closing.declaration, controlSums },
    });
    expect(declarationOf(closing).controlSums).toEqual([
      { currency: 'KES', units: 10n ** 23n },
      { currency: 'UGX', units: 5_000n },
    ]);
    const wrong = [
      [
        ['UGX', '1'],
        ['KES', '1'],
      ],
      [
        ['KES', '1'],
        ['KES', '1'],
      ],
      [['KES', '-1']],
      [['KES', '01']],
      [['KES', 1]],
      [['kes', '1']],
    ];
    for (const one of wrong) expect(outcomeOf(sums(one))).toMatch(/^declaration\.controlSums/);
  });
});

it('gives every try of a message a job id of its own that BullMQ takes', () => {
  const ids = messages.flatMap(([, message]) => [intakeJobId(message, 1), intakeJobId(message, 2)]);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).not.toMatch(/:|^\d+$/);
  expect(addressOf(messages[3][1])).toBe(messages[3][1].ask);
});

/** `ok`, the reason of the refusal, or the field that could not be read. */
function outcomeOf(data: unknown): string {
  const error = failureOf(data);
  if (error) return error.field;
  const verification = verify(travelled(data));
  return verification.ok ? 'ok' : verification.reason;
}

function failureOf(data: unknown): JobInvalid | undefined {
  try {
    travelled(data);
    return undefined;
  } catch (error) {
    if (error instanceof JobInvalid) return error;
    throw error;
  }
}

/** Paths of all values in a message, so that none is forgotten when one is added. */
function leavesOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, inner]) =>
    leavesOf(inner, path === '' ? name : `${path}.${name}`),
  );
}

/** A copy with one value exchanged for a plausible other one. */
function changed(message: unknown, path: string): Record<string, unknown> {
  const copy: Record<string, unknown> = structuredClone(Object(message));
  const names = path.split('.');
  const last = names.pop() ?? '';
  let place: Record<string, unknown> = copy;
  // safe because leavesOf found an object under every name but the last
  for (const name of names) place = place[name] as Record<string, unknown>;
  place[last] = another(place[last]);
  return copy;
}

function another(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (value === 'outcomes') return 'rejections';
  if (value === 'hold') return 'proceed';
  if (value === 'row_malformed') return 'row_too_long';
  if (value === 'KES') return 'KEN';
  const text = String(value);
  if (text === '') return 'x';
  return (text.startsWith('1') ? '2' : '1') + text.slice(1);
}
