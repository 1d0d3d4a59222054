import { describe, expect, it } from 'vitest';
import { timeReader } from './statement-time.ts';

const ZONE = 'Africa/Nairobi';

describe('a time of a statement', () => {
  it.each([
    ['YYYY-MM-DD HH:mm:ss', '2026-11-05 07:08:09', '2026-11-05 07:08:09'],
    ['YYYY-MM-DD HH:mm:ss', '2026-11-05 07:08:09.123', '2026-11-05 07:08:09'],
    ['DD/MM/YYYY HH:mm', '5/11/2026 7:08', '2026-11-05 07:08:00'],
    ['DD MMM YYYY, hh:mm A', '05 Nov 2026, 12:08 AM', '2026-11-05 00:08:00'],
    ['DD MMM YYYY, hh:mm A', '05 nov 2026, 12:08 pm', '2026-11-05 12:08:00'],
    ['DD MMM YYYY, hh:mm A', '05 NOV 2026, 1:08 PM', '2026-11-05 13:08:00'],
    ['YYYY.MM.DD', '2026.11.05', '2026-11-05 00:00:00'],
  ])('by %s: %s', (format, text, local) => {
    expect(timeReader({ format, zone: ZONE })?.(text)).toBe(`${local} ${ZONE}`);
  });

  it.each(['2026-11-05T07:08:09Z', '2026-11-05 07:08+03:00', '2026-11-05T07:08:09.5+03:00'])(
    'with an offset of its own: %s',
    (text) => {
      expect(timeReader({ format: 'iso' })?.(text)).toBe(text);
    },
  );

  it.each([
    ['YYYY-MM-DD HH:mm', '2026-02-30 10:00'],
    ['YYYY-MM-DD HH:mm', '2026-13-01 10:00'],
    ['YYYY-MM-DD HH:mm', '2026-11-05 24:00'],
    ['YYYY-MM-DD HH:mm', '2026-11-05 10:60'],
    ['YYYY-MM-DD HH:mm:ss', '2026-11-05 10:00:60'],
    ['YYYY-MM-DD HH:mm', '05/11/2026 10:00'],
    ['YYYY.MM.DD', '2026-11-05'],
    ['DD MMM YYYY', '05 Nov. 2026'],
    ['DD MMM YYYY', '05 Xxx 2026'],
    ['DD MMM YYYY hh:mm A', '05 Nov 2026 13:00 PM'],
    ['iso', '2026-11-05T07:08:09'],
    ['iso', '2026-02-30T07:08:09Z'],
    ['iso', '2026-11-05T25:08:09Z'],
  ])('that is none by %s: %s', (format, text) => {
    expect(timeReader({ format, zone: ZONE })?.(text)).toBeUndefined();
  });

  it.each([
    ['MM-DD HH:mm', ZONE],
    ['YYYY-DD', ZONE],
    ['YYYY-MM-DD hh:mm', ZONE],
    ['YYYY-MM-DD HH:mm A', ZONE],
    ['YYYY-MM-DD HH hh A', ZONE],
    ['YYYY-MM-DD MMM', ZONE],
    ['YYYY-MM-DD DD', ZONE],
    ['YYYY-MM-DD', undefined],
  ])('has no reader for a form that leaves open which moment it is: %s', (format, zone) => {
    expect(timeReader({ format, zone })).toBeUndefined();
  });
});
