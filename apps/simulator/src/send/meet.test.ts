import { expect, it } from 'vitest';
import { readFaults } from '../fault.ts';
import { faultMet, identityOf } from './meet.ts';

const REQUESTS = 20_000;

function metBy(seed: number, listed: string, cameBefore = 0) {
  const chances = readFaults(listed) ?? [];
  return Array.from({ length: REQUESTS }, (_, number) => {
    const identity = identityOf({ key: `key-${number}`, ...REST });
    const met = faultMet(chances, seed, identity, cameBefore);
    return met && { name: met.fault.name, reaches: met.reaches, pick: met.pick };
  });
}

const REST = {
  number: 1,
  atMs: 0,
  send: { username: 'a', recipients: [] },
  sourceIpAddress: undefined,
};

it('meets each fault about as often as its rate says', () => {
  const met = metBy(1, 'cut_before:1000,half:200').map((one) => one?.name);
  const share = (name: string) => met.filter((one) => one === name).length / REQUESTS;
  expect(share('cut_before')).toBeCloseTo(0.1, 2);
  expect(share('half')).toBeCloseTo(0.02, 2);
});

it('follows from seed, identity and how often that came before', () => {
  const met = metBy(1, 'cut_before:5000');
  expect(metBy(1, 'cut_before:5000')).toEqual(met);
  expect(metBy(2, 'cut_before:5000')).not.toEqual(met);
  expect(metBy(1, 'cut_before:5000', 1)).not.toEqual(met);
});

it('turns half of the requests away that a fault meets before they are credited', () => {
  const met = metBy(1, 'cut_before:10000');
  const received = met.filter((one) => one?.reaches === 'received').length;
  const turnedAway = met.filter((one) => one?.reaches === 'turned_away').length;
  expect(received + turnedAway).toBe(REQUESTS);
  expect(received / REQUESTS).toBeCloseTo(0.5, 1);
});

it('knows a request by its key, or without one by its phones and amounts', () => {
  const asked = { phoneNumber: '+254711000001', amount: 'KES 10' };
  const of = (key: string | undefined, amount: string, username = 'a') =>
    identityOf({
      ...REST,
      number: 7,
      key,
      send: { username, recipients: [{ ...asked, amount }] },
    });
  expect(of('k', 'KES 10')).toBe(of('k', 'KES 20'));
  expect(of('k', 'KES 10')).not.toBe(of('l', 'KES 10'));
  expect(of(undefined, 'KES 10')).toBe(of(undefined, 'KES 10'));
  expect(of(undefined, 'KES 10')).not.toBe(of(undefined, 'KES 20'));
});
