import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchId, batchIdOf, idempotencyKey, type KeyedLine } from './identity.ts';

const UUID_8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

type Names = [ledgerId: string, source: string, clientReference: string];

describe('batchIdOf', () => {
  it('is the same for ever', () => {
    expect(batchIdOf('ledger-1', 'payroll', '2026-11')).toBe(
      '0fedfad1-9fa6-83fb-a35f-f6cab90269ae',
    );
  });

  it('is a UUID of version 8', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (a, b, c) =>
        UUID_8.test(batchIdOf(a, b, c)),
      ),
    );
  });

  it.each<[Names, Names]>([
    [
      ['a', 'b', 'c'],
      ['ab', '', 'c'],
    ],
    [
      ['a', 'b', 'c'],
      ['a', 'bc', ''],
    ],
    [
      ['a', '1:b', ''],
      ['a', '', '1:b'],
    ],
    [
      ['a', 'b', 'c'],
      ['b', 'a', 'c'],
    ],
    [
      ['a', 'b', '1'],
      ['a', 'b', '1 '],
    ],
    [
      ['a', 'b', 'é'],
      ['a', 'b', 'e\u0301'],
    ],
  ])('tells %j from %j', (one, other) => {
    expect(batchIdOf(...one)).not.toBe(batchIdOf(...other));
  });

  it('tells any two references apart', () => {
    const names = fc.tuple(fc.string(), fc.string(), fc.string());
    fc.assert(
      fc.property(names, names, (one, other) => {
        const same = one.every((text, index) => text === other[index]);
        expect(batchIdOf(...one) === batchIdOf(...other)).toBe(same);
      }),
    );
  });
});

describe('batchId', () => {
  it('takes what batchIdOf makes', () => {
    const id = batchIdOf('a', 'b', 'c');
    expect(batchId(id)).toBe(id);
  });

  it.each([
    '',
    'x',
    '0FEDFAD1-9FA6-83FB-A35F-F6CAB90269AE',
    '0fedfad1-9fa6-83fb-a35f-f6cab90269ae\n',
    '0fedfad19fa683fba35ff6cab90269ae',
    '{0fedfad1-9fa6-83fb-a35f-f6cab90269ae}',
  ])('refuses %j', (text) => {
    expect(() => batchId(text)).toThrow(RangeError);
  });
});

describe('idempotencyKey', () => {
  const LINE: KeyedLine = { batchNo: 1, seq: 2, attemptNo: 3 };

  it('is the same for ever', () => {
    expect(idempotencyKey('ledger-1', [LINE], 'body')).toBe(
      '82638d98241efa85386f135b72ab154b9526eedd532fb267086bc4842a4657aa',
    );
  });

  it.each([
    ['ledger', idempotencyKey('ledger-2', [LINE], 'body')],
    ['batch', idempotencyKey('ledger-1', [{ ...LINE, batchNo: 2 }], 'body')],
    ['line', idempotencyKey('ledger-1', [{ ...LINE, seq: 3 }], 'body')],
    ['attempt', idempotencyKey('ledger-1', [{ ...LINE, attemptNo: 4 }], 'body')],
    ['body', idempotencyKey('ledger-1', [LINE], 'body ')],
    ['number of lines', idempotencyKey('ledger-1', [LINE, LINE], 'body')],
    ['digits', idempotencyKey('ledger-1', [{ batchNo: 12, seq: 3, attemptNo: 3 }], 'body')],
  ])('is another for another %s', (_what, key) => {
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(key).not.toBe(idempotencyKey('ledger-1', [LINE], 'body'));
  });

  it('does not confuse the end of one line with the start of the next', () => {
    const attempt = (attemptNo: number, batchNo: number) => [
      { batchNo: 1, seq: 1, attemptNo },
      { batchNo, seq: 1, attemptNo: 1 },
    ];
    expect(idempotencyKey('l', attempt(1, 12), '')).not.toBe(
      idempotencyKey('l', attempt(11, 2), ''),
    );
  });

  it('tells any two attempts apart', () => {
    const number = fc.integer({ min: 0, max: 12 });
    const lines = fc.array(fc.record({ batchNo: number, seq: number, attemptNo: number }), {
      maxLength: 3,
    });
    const attempt = fc.tuple(fc.string({ maxLength: 3 }), lines, fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(attempt, attempt, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(idempotencyKey(...one) === idempotencyKey(...other)).toBe(same);
      }),
    );
  });
});
