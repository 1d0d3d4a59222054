import { describe, expect, it } from 'vitest';
import {
  failedFirst,
  NOTIFY_FAULTS,
  type NotifyRules,
  readNotifyFaults,
  withNotifyFault,
} from './fault.ts';

const LINE = { phone: 254_711_000_001, currency: 'KES', tenThousandths: 1_000_000, credited: true };
const MANY = 10_000;

describe('what a line meets', () => {
  it('is as often as the rates say', () => {
    const rules = rulesOf('missing:1000,twice:200');
    const met = keys().map((key) => withNotifyFault(LINE, key, rules).notifyFault);
    const share = (name: string | undefined) => met.filter((one) => one === name).length / MANY;
    expect(share('missing')).toBeCloseTo(0.1, 2);
    expect(share('twice')).toBeCloseTo(0.02, 2);
    expect(share(undefined)).toBeCloseTo(0.88, 2);
  });

  it('follows from seed, key and phone, or without a key from phone and amount', () => {
    const met = (key: string | undefined, change: Partial<typeof LINE> = {}, seed = 1) =>
      // Many phones at once, of which half meet something: no two lists are alike by chance.
      [...Array(64).keys()].map((number) => {
        const line = { ...LINE, ...change, phone: LINE.phone + number };
        return withNotifyFault(line, key, rulesOf('twice:5000', seed)).notifyFault;
      });
    expect(met('a')).toEqual(met('a', { tenThousandths: 5 }));
    expect(met('a')).not.toEqual(met('b'));
    expect(met('a')).not.toEqual(met('a', {}, 2));
    expect(met(undefined)).toEqual(met(undefined));
    expect(met(undefined)).not.toEqual(met(undefined, { tenThousandths: 5 }));
  });

  it('is first what its phone asks for', () => {
    const rules = { ...rulesOf('twice:10000'), magic: () => 'minimal' as const };
    expect(withNotifyFault(LINE, 'a', rules).notifyFault).toBe('minimal');
  });

  it('is nothing where nothing is set, and never a Success for what was not credited', () => {
    expect(withNotifyFault(LINE, 'a', rulesOf(''))).toBe(LINE);
    const failed = { ...LINE, credited: false };
    expect(withNotifyFault(failed, 'a', rulesOf('contradicting:10000'))).toBe(failed);
  });
});

it.each(NOTIFY_FAULTS)('$name changes the truth only where the telco fails', (fault) => {
  const booked = withNotifyFault(LINE, 'a', rulesOf(`${fault.name}:10000`));
  expect(booked).toEqual({ ...LINE, notifyFault: fault.name, credited: !fault.telcoFails });
});

it('puts the Failed first in half of the pairs', () => {
  const first = keys().filter((key) => failedFirst(1, key, LINE)).length;
  expect(first / MANY).toBeCloseTo(0.5, 1);
});

function keys(): string[] {
  return Array.from({ length: MANY }, (_, number) => `key-${number}`);
}

function rulesOf(listed: string, seed = 1): NotifyRules {
  return { chances: readNotifyFaults(listed) ?? [], seed, magic: () => undefined };
}
