import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const NOW = Date.UTC(2026, 0, 5, 12, 0, 0);

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['999999999', 999_999_999_000],
    ['Mon, 05 Jan 2026 12:00:30 GMT', 30_000],
    ['Mon, 05 Jan 2026 11:59:00 GMT', 0],
  ])('"%s" asks for %d ms', (header, ms) => {
    expect(parseRetryAfter(header, NOW)).toBe(ms);
  });

  it.each([
    undefined,
    '',
    'soon',
    '-1',
    '1.5',
    '1e3',
    '9999999999',
    '2026-01-05T12:00:30Z',
    'Mon, 99 Jan 2026 12:00:30 GMT',
    'Mon, 05 Jan 2026 12:00:30 EAT',
  ])('"%s" asks for nothing', (header) => {
    expect(parseRetryAfter(header, NOW)).toBeUndefined();
  });
});
