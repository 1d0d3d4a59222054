import { describe, expect, it } from 'vitest';
import { parseAmount } from './money.ts';
import { DEFAULT_TARIFFS, describeLimits, withLimits } from './tariff.ts';

describe('DEFAULT_TARIFFS', () => {
  it('allows KES 10 to 10,000, as the provider documents', () => {
    expect(DEFAULT_TARIFFS.get('KES')).toMatchObject({
      currency: 'KES',
      countries: ['KE'],
      decimals: 2,
      minimum: 100_000n,
      maximum: 100_000_000n,
    });
  });

  it('has a home, and limits above zero, for every currency', () => {
    for (const [code, tariff] of DEFAULT_TARIFFS) {
      expect(tariff.currency).toBe(code);
      expect(tariff.countries[0]).toMatch(/^[A-Z]{2}$/);
      expect(tariff.minimum).toBeGreaterThan(0n);
      expect(tariff.maximum).toBeGreaterThan(tariff.minimum);
    }
  });

  it('has no country in two currencies', () => {
    const countries = [...DEFAULT_TARIFFS.values()].flatMap((tariff) => tariff.countries);
    expect(new Set(countries).size).toBe(countries.length);
  });
});

describe('withLimits', () => {
  it('changes the limits that are named and no others', () => {
    const changed = withLimits(DEFAULT_TARIFFS, 'KES:5-20000, UGX:50.5-50.5');
    expect(changed.get('KES')).toMatchObject({
      minimum: parseAmount('5'),
      maximum: parseAmount('20000'),
    });
    expect(changed.get('UGX')).toMatchObject({ minimum: 505_000n, maximum: 505_000n });
    expect(changed.get('TZS')).toBe(DEFAULT_TARIFFS.get('TZS'));
    expect(DEFAULT_TARIFFS.get('KES')?.minimum).toBe(100_000n);
  });

  it.each([
    '',
    'KES',
    'KES:10',
    'KES:10-',
    'KES:-10',
    'KES:20-10',
    'KES:0-10',
    'KES:0.0-10',
    'KES:1e1-20',
    'KES:1..0-20',
    'KES:10-1000000000000',
    'kes:10-20',
    'EUR:10-20',
    'KES:10-20,',
    'KES:10-20;UGX:50-60',
  ])('refuses %j and names what is wrong', (text) => {
    expect(() => withLimits(DEFAULT_TARIFFS, text)).toThrow(RangeError);
    expect(() => withLimits(DEFAULT_TARIFFS, text)).toThrow('is not CURRENCY:minimum-maximum');
  });
});

describe('describeLimits', () => {
  it('writes both ends', () => {
    const tariff = DEFAULT_TARIFFS.get('KES');
    expect(tariff && describeLimits(tariff)).toBe('10.0000 to 10000.0000');
  });
});
