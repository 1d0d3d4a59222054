import { describe, expect, it } from 'vitest';
import { formatQuietHours, isTimeZone, parseQuietHours } from './quiet-hours.ts';
import { furtherTerms, readFurtherTerms, termsFault, type Terms } from './terms.ts';

const PLAIN: Terms = { onRejections: 'hold', allowDuplicates: false };
const DAY_MS = 86_400_000;
const NEW_YEAR = Date.UTC(2027, 0);
const NIGHT = { from: '21:00', until: '08:00', zone: 'Africa/Nairobi' };

describe('quiet hours', () => {
  it.each([
    '21:00-08:00 Africa/Nairobi',
    '00:00-23:59 UTC',
    '12:30-13:30 America/Argentina/Ushuaia',
  ])('reads %s as it is written', (text) => {
    const hours = parseQuietHours(text);
    expect(hours && formatQuietHours(hours)).toBe(text);
  });

  it.each([
    '',
    '21:00-08:00',
    '21:00-08:00 ',
    '21:00-21:00 Africa/Nairobi',
    '24:00-08:00 Africa/Nairobi',
    '21:60-08:00 Africa/Nairobi',
    '9:00-08:00 Africa/Nairobi',
    '21:00-08:00 Africa/Nowhere',
    '21:00-08:00 +03:00',
    '21:00-08:00 EST',
    '21:00-08:00 Africa/Nairobi ',
    `21:00-08:00 Africa/${'x'.repeat(100)}`,
  ])('does not read "%s"', (text) => {
    expect(parseQuietHours(text)).toBeUndefined();
  });

  it('knows the zones of all countries that are paid', () => {
    const zones = ['Nairobi', 'Kampala', 'Dar_es_Salaam', 'Kigali', 'Lagos', 'Blantyre', 'Dakar'];
    expect(zones.filter((zone) => !isTimeZone(`Africa/${zone}`))).toEqual([]);
  });
});

describe('termsFault', () => {
  it.each<Partial<Terms>>([
    {},
    { notBefore: NEW_YEAR },
    { expiresAt: NEW_YEAR },
    { notBefore: NEW_YEAR, expiresAt: NEW_YEAR + 1 },
    { quietHours: NIGHT },
    { corrects: 'january' },
  ])('finds none in %j', (terms) => {
    expect(termsFault({ ...PLAIN, ...terms })).toBeUndefined();
  });

  it.each<[Partial<Terms>, string]>([
    [{ notBefore: NEW_YEAR / 1000 }, 'not before'],
    [{ notBefore: Number.NaN }, 'not before'],
    [{ expiresAt: NEW_YEAR + 0.5 }, 'expires at'],
    [{ expiresAt: NEW_YEAR * DAY_MS }, 'expires at'],
    [{ notBefore: NEW_YEAR, expiresAt: NEW_YEAR }, 'expires before'],
    [{ quietHours: { ...NIGHT, until: '21:00' } }, 'quiet hours'],
    [{ quietHours: { ...NIGHT, zone: 'EAT' } }, 'quiet hours'],
  ])('says of %j that it is %s', (terms, fault) => {
    expect(termsFault({ ...PLAIN, ...terms })).toContain(fault);
  });
});

it('gives further terms as texts in one order, and none where there are none', () => {
  expect(furtherTerms(PLAIN)).toEqual([]);
  const all = { corrects: 'j', quietHours: NIGHT, expiresAt: NEW_YEAR, notBefore: NEW_YEAR - 1 };
  expect(furtherTerms({ ...PLAIN, ...all })).toEqual([
    ['notBefore', String(NEW_YEAR - 1)],
    ['expiresAt', String(NEW_YEAR)],
    ['quietHours', '21:00-08:00 Africa/Nairobi'],
    ['corrects', 'j'],
  ]);
  expect(readFurtherTerms(Object.fromEntries(furtherTerms({ ...PLAIN, ...all })))).toEqual(all);
  expect(readFurtherTerms({})).toEqual({});
});
