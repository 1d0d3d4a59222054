import { describe, expect, it } from 'vitest';
import { mask } from './mask.ts';

describe('mask', () => {
  const cases: readonly (readonly [claim: string, text: string, code: string])[] = [
    ['blanks line comments', 'a // b\nc', 'a     \nc'],
    ['blanks block comments', 'a /* b\n */ c', 'a     \n    c'],
    ['blanks strings', `f('a // b')`, 'f(        )'],
    ['knows escaped quotes', String.raw`f('a\'b', c)`, 'f(      , c)'],
    [
      'knows the code inside a template',
      '`a ${b({ c: `d` })} e` + f',
      '     b({ c:     })     + f',
    ],
    ['blanks regular expressions with quotes in them', `x = /['"]/g; y`, 'x =       g; y'],
    ['takes a division for code', 'a / b / c', 'a / b / c'],
  ];
  it.each(cases)('%s', (_claim, text, code) => {
    expect(mask(text).code).toBe(code);
  });

  it('keeps strings where only comments are blanked', () => {
    expect(mask(`import 'a'; // b`).uncommented).toBe(`import 'a';     `);
  });

  it('keeps every character and line at its place', () => {
    const text = 'const a = `x\n${b}`; // c\n/* d\n */ e';
    expect(mask(text).code).toHaveLength(text.length);
    expect(mask(text).code.split('\n')).toHaveLength(4);
  });
});
