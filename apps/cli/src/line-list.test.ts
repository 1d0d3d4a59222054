import { describe, expect, it } from 'vitest';
import { parseLineList } from './line-list.ts';
import { UsageError } from './usage-error.ts';

describe('a list of lines', () => {
  it.each([
    ['7', [{ first: 7, last: 7 }]],
    [
      '1,5-9',
      [
        { first: 1, last: 1 },
        { first: 5, last: 9 },
      ],
    ],
    [
      ' 3 , 2-2 ',
      [
        { first: 3, last: 3 },
        { first: 2, last: 2 },
      ],
    ],
    ['2147483647', [{ first: 2_147_483_647, last: 2_147_483_647 }]],
  ])('reads %s', (text, ranges) => {
    expect(parseLineList(text)).toEqual(ranges);
  });

  it.each([
    ['', '"" is no line'],
    ['1,,2', '"" is no line'],
    ['1,5–9', '"5–9" is no line'],
    ['5-', '"5-" is no line'],
    ['-5', '"-5" is no line'],
    ['1-2-3', '"1-2-3" is no line'],
    ['1.5', '"1.5" is no line'],
    ['1e3', '"1e3" is no line'],
    ['0', '"0" is not within 1 to 2147483647'],
    ['0-3', 'not within'],
    ['2147483648', 'not within'],
    ['9-5', '"9-5" ends before it begins'],
    [Array.from({ length: 1_001 }, () => '1').join(','), 'has 1001 parts: at most 1000'],
  ])('refuses %s, and says which part is wrong', (text, message) => {
    expect(() => parseLineList(text)).toThrow(UsageError);
    expect(() => parseLineList(text)).toThrow(message);
  });
});
