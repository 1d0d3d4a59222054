import { describe, expect, it } from 'vitest';
import { keepToCaps, type CapScope, type MetCap } from './cap.ts';
import { currency } from './money.ts';

const KES = currency('KES');
const cap = (
  name: string,
  amount: bigint,
  used: [string, bigint][] = [],
  per: CapScope = 'batch',
): MetCap => ({
  name,
  per,
  currency: KES,
  amount,
  source: undefined,
  used: new Map(used),
});
const line = (msisdn: string, units: bigint, code = 'KES') => ({
  msisdn,
  amount: { currency: currency(code), units },
});

describe('caps', () => {
  it('let lines go up to what they allow, and not one unit more', () => {
    const lines = [line('a', 60n), line('b', 40n), line('c', 1n)];
    const { fitting, over } = keepToCaps(lines, [cap('batch', 100n)]);
    expect(fitting).toEqual(lines.slice(0, 2));
    expect(over).toEqual([{ line: lines[2], cap: 'batch' }]);
  });

  it('count what was used before', () => {
    expect(keepToCaps([line('a', 60n)], [cap('day', 100n, [['', 41n]])]).fitting).toEqual([]);
    expect(keepToCaps([line('a', 59n)], [cap('day', 100n, [['', 41n]])]).fitting).toHaveLength(1);
  });

  it('let a smaller line go where a larger one did not fit', () => {
    const lines = [line('a', 150n), line('b', 100n)];
    expect(keepToCaps(lines, [cap('batch', 100n)]).fitting).toEqual([lines[1]]);
  });

  it('count each recipient apart, and its lines together', () => {
    const lines = [line('a', 60n), line('a', 60n), line('b', 60n)];
    const { fitting, over } = keepToCaps(lines, [cap('phone', 100n, [['c', 100n]], 'recipient')]);
    expect(fitting).toEqual([lines[0], lines[2]]);
    expect(over).toEqual([{ line: lines[1], cap: 'phone' }]);
  });

  it('use up nothing of a cap where another one is in the way', () => {
    const caps = [cap('one', 100n), cap('other', 50n)];
    const { fitting, over } = keepToCaps([line('a', 60n), line('b', 50n)], caps);
    expect(over.map((each) => each.cap)).toEqual(['other']);
    expect(fitting).toHaveLength(1);
  });

  it('say nothing of another currency', () => {
    expect(keepToCaps([line('a', 500n, 'UGX')], [cap('kes', 1n)]).fitting).toHaveLength(1);
  });
});
