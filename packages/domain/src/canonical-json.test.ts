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
    fc.assert(
      fc.property(VALUES, (value) => {
        // -0 has no text of its own.
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

/** As deep and wide as anything that is written so. */
const { value: VALUES } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 5 }),
  ),
}));
