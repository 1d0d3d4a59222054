import { expect, it } from 'vitest';
import { bench, PLAIN, to } from './fixture.ts';

it('takes a credit from Queued by Sent to Success as its clock goes on', async () => {
  const made = await bench({ SENT_AFTER_MS: '1000', FINAL_AFTER_MS: '5000' });
  const answer = await made.client.send([to(PLAIN)]);
  const id = answer.responses[0]?.requestId ?? '';
  const seen: unknown[] = [];
  for (const step of [0, 999, 1, 3999, 1, 3_600_000]) {
    made.clockMs += step;
    seen.push(await made.client.statusOf(id));
  }
  expect(seen.map((answered) => Object(answered).status)).toEqual([
    'Queued',
    'Queued',
    'Sent',
    'Sent',
    'Success',
    'Success',
  ]);
});

it('answers below /version1 too', async () => {
  const { client } = await bench();
  const answer = await client.send([to(PLAIN)]);
  const id = answer.responses[0]?.requestId;
  const path = `/version1/query/transaction/find?username=sandbox&transactionId=${id}`;
  expect(await (await client.get(path)).text()).toBe('{"status":"Queued"}');
});

it.each([`ATQid_${'0'.repeat(32)}`, 'None', 'ATQid_x', `ATQid_${'f'.repeat(32)}`])(
  'answers 404 in plain text to the unknown id %s',
  async (id) => {
    const { client } = await bench();
    await client.send([to(PLAIN)]);
    const found = await client.get(`/query/transaction/find?username=a&transactionId=${id}`);
    expect(found.status).toBe(404);
    expect(found.headers.get('content-type')).toContain('text/plain');
  },
);

it('wants a key, a username and an id', async () => {
  const { client, url } = await bench();
  const withoutId = await client.get('/query/transaction/find?username=sandbox');
  expect(withoutId.status).toBe(400);
  expect(await withoutId.text()).toContain("'transactionId'");
  expect((await client.get('/query/transaction/find?transactionId=a')).status).toBe(400);
  const withoutKey = await fetch(`${url}/query/transaction/find?username=a&transactionId=b`);
  expect(withoutKey.status).toBe(401);
});

it('tells the balance as XML too, and only with a key and a username', async () => {
  const { client, url } = await bench({ WALLET_BALANCE: '999' });
  const asXml = await fetch(`${url}/version1/user?username=a`, { headers: { apiKey: 'k' } });
  expect(await asXml.text()).toContain('<balance>USD 999.0000</balance>');
  expect((await fetch(`${url}/version1/user?username=a`)).status).toBe(401);
  expect((await client.get('/version1/user')).status).toBe(400);
});
