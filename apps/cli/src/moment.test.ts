import { expect, it } from 'vitest';
import { parseMoment } from './moment.ts';
import { UsageError } from './usage-error.ts';

it.each([
  ['2026-12-01 08:00 Africa/Nairobi', '2026-12-01T05:00:00.000Z'],
  ['2026-12-01T08:00:30 Africa/Lagos', '2026-12-01T07:00:30.000Z'],
  ['2026-12-01 08:00 UTC', '2026-12-01T08:00:00.000Z'],
  ['2026-12-01T08:00+03:00', '2026-12-01T05:00:00.000Z'],
  ['2026-12-01 08:00Z', '2026-12-01T08:00:00.000Z'],
])('reads %s', (text, iso) => {
  expect(parseMoment(text, '--not-before').toISOString()).toBe(iso);
});

it.each([
  '',
  'tomorrow',
  '2026-12-01',
  '2026-12-01 08:00',
  '2026-12-01T08:00',
  '1796000000',
  '2026-02-29 08:00 Africa/Nairobi',
  '2026-12-01 24:30 Africa/Nairobi',
  '2026-12-01 08:00 Africa/Nowhere',
  '2026-13-01T08:00Z',
  // Left out, and shown twice.
  '2026-03-29 02:30 Europe/Berlin',
  '2026-10-25 02:30 Europe/Berlin',
])('names the option of "%s"', (text) => {
  expect(() => parseMoment(text, '--not-before')).toThrow(UsageError);
  expect(() => parseMoment(text, '--not-before')).toThrow('--not-before');
});
