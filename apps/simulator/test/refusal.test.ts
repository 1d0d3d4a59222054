import { expect, it } from 'vitest';
import { bench, OTHER, PLAIN, refusal, to } from './fixture.ts';

it.each([
  [{ ENABLED: 'false' }, 'Airtime is not enabled for this account'],
  [{ TRIAL_LIMIT: '99' }, 'Request is over the trial limit. Submit your KYC to remove limit'],
  [{ REFUSAL_TEXT: 'Come back tomorrow' }, 'Come back tomorrow'],
  [{ BALANCE_ENFORCED: 'true', WALLET_BALANCE: '0.5' }, 'Insufficient balance'],
  [
    { BALANCE_ENFORCED: 'true', WALLET_BALANCE: '0.5', BALANCE_TEXT: 'Insufficient Credit' },
    'Insufficient Credit',
  ],
])('refuses whole requests with %o', async (settings, text) => {
  const { client } = await bench(settings);
  expect(await client.send([to(PLAIN), to(OTHER)])).toEqual(refusal(text));
  expect(await client.summary()).toMatchObject({ credits: 0 });
});

it('lets the wallet go below zero unless the balance is enforced', async () => {
  const { client } = await bench({ WALLET_BALANCE: '-1.5', WALLET_CURRENCY: 'KES' });
  expect(await client.send([to(PLAIN)])).toMatchObject({ numSent: 1 });
  const balance = await client.get('/version1/user?username=sandbox');
  expect(await balance.json()).toEqual({ UserData: { balance: 'KES -97.5000' } });
});

it('pays out until the balance is used up', async () => {
  const { client } = await bench({
    BALANCE_ENFORCED: 'true',
    WALLET_BALANCE: '192',
    WALLET_CURRENCY: 'KES',
  });
  expect(await client.send([to(PLAIN), to(OTHER)])).toMatchObject({ numSent: 2 });
  expect(await client.send([to(PLAIN, 'KES 10')])).toEqual(refusal('Insufficient balance'));
});

it('takes the discount off what the wallet pays', async () => {
  const { client } = await bench({ WALLET_BALANCE: '999', WALLET_CURRENCY: 'KES' });
  await client.send([to(PLAIN)]);
  const balance = await client.get('/version1/user?username=sandbox');
  expect(await balance.json()).toEqual({ UserData: { balance: 'KES 903.0000' } });
});
