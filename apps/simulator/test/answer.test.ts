import { expect, it } from 'vitest';
import { bench, OTHER, PLAIN, to } from './fixture.ts';

it('answers 201 with the documented fields, four decimals and totals in the wallet currency', async () => {
  const { client } = await bench({ WALLET_CURRENCY: 'USD', RATES: 'USD=1,KES=101.15' });
  const answer = await client.send([to('+254700072929', 'KES 44')]);
  // The recording of contract section 1.2, but for the id.
  expect(answer).toEqual({
    status: 201,
    errorMessage: 'None',
    numSent: 1,
    totalAmount: 'USD 0.4350',
    totalDiscount: 'USD 0.0174',
    responses: [
      {
        phoneNumber: '+254700072929',
        errorMessage: 'None',
        amount: 'KES 44.0000',
        status: 'Sent',
        requestId: expect.stringMatching(/^ATQid_[0-9a-f]{32}$/),
        discount: 'KES 1.7600',
      },
    ],
  });
});

it.each([
  ['KES 38.67', 'KES 38.6700', 'KES 1.5468'],
  ['KES 10', 'KES 10.0000', 'KES 0.4000'],
  ['KES 15.0', 'KES 15.0000', 'KES 0.6000'],
  ['KES 10000', 'KES 10000.0000', 'KES 400.0000'],
])('takes %s and shows it as %s', async (amount, shown, discount) => {
  const { client } = await bench();
  const answer = await client.send([to(PLAIN, amount)]);
  expect(answer.responses).toMatchObject([{ amount: shown, discount }]);
});

it.each([
  ['gross', 'KES 1000.0000'],
  ['net', 'KES 960.0000'],
])('reports %s totals by setting', async (totals, totalAmount) => {
  const { client } = await bench({ TOTALS: totals, WALLET_CURRENCY: 'KES' });
  const answer = await client.send([to(PLAIN, 'KES 1000')]);
  expect(answer).toMatchObject({ totalAmount, totalDiscount: 'KES 40.0000' });
});

it('adds up currencies of one request in that of the wallet', async () => {
  const { client } = await bench({ WALLET_CURRENCY: 'KES', RATES: 'USD=1,KES=100,UGX=4000' });
  const answer = await client.send([to(PLAIN, 'KES 100'), to(OTHER, 'UGX 4000')]);
  expect(answer).toMatchObject({ numSent: 2, totalAmount: 'KES 200.0000' });
});

it.each([
  ['+254711000001', 'KES 9.99', 'Value Outside The Allowed Limits', 'KES 9.9900'],
  ['+254711000001', 'KES 10000.01', 'Value Outside The Allowed Limits', 'KES 10000.0100'],
  ['+2348140000000', 'NGN 50000', 'Value Outside The Allowed Limits', 'NGN 50000.0000'],
  ['+254711000001', 'QQQ 100', 'Value Outside The Allowed Limits', 'QQQ 100.0000'],
  ['+254711000001', 'KES -5', 'Value Outside The Allowed Limits', 'KES -5'],
  ['+254711000001', '100', 'Value Outside The Allowed Limits', '100'],
  ['0711000001', 'KES 100', 'Invalid phone number', 'KES 100.0000'],
])('refuses %s %s with %s', async (phone, asked, errorMessage, amount) => {
  const { client } = await bench();
  expect(await client.send([to(phone, asked)])).toEqual({
    status: 201,
    errorMessage: 'Invalid Requests',
    numSent: 0,
    totalAmount: '0',
    totalDiscount: '0',
    responses: [
      {
        phoneNumber: phone,
        errorMessage,
        amount,
        status: 'Failed',
        requestId: 'None',
        discount: '0',
      },
    ],
  });
  expect(await client.summary()).toMatchObject({ credits: 0 });
});

it('credits the good recipients of a request that has a bad one', async () => {
  const { client } = await bench({ ANSWER_ORDER: 'request', WALLET_CURRENCY: 'KES' });
  const answer = await client.send([to(PLAIN), to(OTHER, 'KES 20000')]);
  expect(answer).toMatchObject({
    errorMessage: 'None',
    numSent: 1,
    totalAmount: 'KES 100.0000',
    responses: [{ status: 'Sent' }, { status: 'Failed', requestId: 'None' }],
  });
  expect(await client.creditsOf(PLAIN)).toHaveLength(1);
  expect(await client.creditsOf(OTHER)).toHaveLength(0);
});

it('credits a phone that stands twice in one request twice', async () => {
  const { client } = await bench();
  const answer = await client.send([to(PLAIN), to(PLAIN)]);
  expect(answer.numSent).toBe(2);
  expect(new Set(answer.responses.map((line) => line.requestId)).size).toBe(2);
  expect(await client.creditsOf(PLAIN)).toHaveLength(2);
});

const TWENTY = Array.from({ length: 20 }, (_, place) => `+2547110000${10 + place}`);

it.each(['request', 'reversed', 'shuffled'])('lists recipients in the order %s', async (order) => {
  const answered = async (seed: string) => {
    const { client } = await bench({ ANSWER_ORDER: order, SEED: seed });
    const answer = await client.send(TWENTY.map((phone) => to(phone)));
    return answer.responses.map((line) => line.phoneNumber);
  };
  const first = await answered('1');
  expect(first.toSorted()).toEqual(TWENTY);
  expect(await answered('1')).toEqual(first);
  if (order === 'request') expect(first).toEqual(TWENTY);
  if (order === 'reversed') expect(first).toEqual(TWENTY.toReversed());
  if (order === 'shuffled') {
    expect(first).not.toEqual(TWENTY);
    expect(await answered('2')).not.toEqual(first);
  }
});

it('answers after the latency and counts what is in flight meanwhile', async () => {
  const { client } = await bench({ LATENCY_MS: '20', LATENCY_JITTER_MS: '5' });
  const startedMs = performance.now();
  await Promise.all(TWENTY.map((phone) => client.send([to(phone)])));
  // A millisecond less, because timers count whole ones.
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(19);
  const { requests } = await client.summary();
  expect(requests).toMatchObject({ seen: 20, mostInFlight: expect.any(Number) });
  expect(requests.mostInFlight).toBeGreaterThan(1);
});
