import { afterAll, beforeAll } from 'vitest';
import { chooseBaseUrl, createAfricasTalking, DEFAULT_HTTP } from '@salio/airtime';
import { describeContract, type Place } from './contract-cases.ts';

// The contract on the provider's own sandbox: a command of its own, because it needs the network and a key.
let place: Place | undefined;

beforeAll(() => {
  const apiKey = process.env['AIRTIME_CONTRACT_API_KEY'];
  if (!apiKey) throw new Error('AIRTIME_CONTRACT_API_KEY must be a key of the sandbox');
  const settings = {
    ...DEFAULT_HTTP,
    username: 'sandbox',
    baseUrl: chooseBaseUrl({ username: 'sandbox' }),
  };
  // Other phones on each run: the provider's guard remembers the last minutes.
  let next = Date.now() % 9_000_000;
  place = {
    provider: createAfricasTalking({ ...settings, apiKey }),
    stranger: createAfricasTalking({ ...settings, apiKey: 'atsk_nobody' }),
    freshPhone: () => {
      next = (next + 1) % 10_000_000;
      return `+25471${String(next).padStart(7, '0')}`;
    },
  };
});

afterAll(async () => {
  await Promise.all([place?.provider.close(), place?.stranger.close()]);
});

describeContract(() => {
  if (!place) throw new Error('the sandbox was not reached');
  return place;
});
