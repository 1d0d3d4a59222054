import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

describe('canonicalJson', () => {
  it('writes keys in one order, whatever order they were given in', () => {
    const text = '{"a":[1,"x",null],"b":{"c":true}}';
    expect(canonicalJson({ b: { c: true }, a: [1, 'x', null] })).toBe(text);
    expect(canonicalJson({ a: [1, 'x', null], b: { c: true } })).toBe(text);
  });

  it('leaves out what has no value', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it.each([1.5, Number.NaN, 2 ** 53, -(2 ** 53), 1n, new Date(0), () => 1, [undefined]])(
    'refuses %s, which would not read back the same',
    (value) => {
      expect(() => canonicalJson({ value })).toThrow(RangeError);
    },
  );

  it('reads back as what was written', () => {
    const values = fc.jsonValue({ noUnicodeString: false }).filter(hasSafeNumbers);
    fc.assert(
      fc.property(values, (value) => {
        // -0 has no text of its own.
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

function hasSafeNumbers(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(hasSafeNumbers);
}
