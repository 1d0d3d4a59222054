import { expect, it } from 'vitest';
import { bench, type BookEntry, OTHER, PLAIN, to } from './fixture.ts';

it('tells each credit in the order of acceptance', async () => {
  const { client } = await bench({ ANSWER_ORDER: 'request' });
  const first = await client.send([to(PLAIN, 'KES 10.5'), to(OTHER, 'UGX 1000')], 'key-1');
  expect(await client.control('book')).toEqual({
    entries: [
      {
        order: 1,
        requestId: first.responses[0]?.requestId,
        at: '2026-01-31T09:00:00.000Z',
        phone: PLAIN,
        currency: 'KES',
        tenThousandths: '105000',
        credited: true,
        requestNumber: 1,
        username: 'sandbox',
        key: 'key-1',
      },
      expect.objectContaining({ order: 2, phone: OTHER, tenThousandths: '10000000' }),
    ],
    next: null,
  });
});

it('pages the book, as JSON and as lines', async () => {
  const { client, url } = await bench();
  await client.send(['1', '2', '3', '4', '5'].map((end) => to(`+25471100000${end}`)));
  const orders: number[] = [];
  let after: number | null = 0;
  while (after !== null) {
    const page: { entries: BookEntry[]; next: number | null } = await client.control(
      `book?after=${after}&limit=2`,
    );
    orders.push(...page.entries.map((entry) => entry.order));
    after = page.next;
  }
  expect(orders).toEqual([1, 2, 3, 4, 5]);
  const lines = await (await fetch(`${url}/simulator/book?after=3&format=ndjson`)).text();
  const entries = lines.trim().split('\n');
  expect(entries.map((line) => JSON.parse(line).order)).toEqual([4, 5]);
});

it('counts recipients that were credited an equal amount more than once', async () => {
  const { client } = await bench();
  for (const key of ['a', 'b', 'c']) await client.send([to(PLAIN)], key);
  await client.send([to(PLAIN, 'KES 50')], 'd');
  await client.send([to(OTHER)], 'e');
  expect(await client.summary()).toEqual({
    credits: 5,
    failedByTelco: 0,
    sums: { KES: '4500000' },
    creditedMoreThanOnce: {
      recipients: 1,
      extraCredits: 2,
      examples: [expect.objectContaining({ phone: PLAIN, order: 2, key: 'b' })],
    },
    lies: {},
    requests: { seen: 5, inFlight: 0, mostInFlight: 1 },
  });
});

it('shows the credits of a phone, oldest first', async () => {
  const { client } = await bench();
  await client.send([to(PLAIN, 'KES 10')]);
  await client.send([to(OTHER, 'KES 20')]);
  await client.send([to(PLAIN, 'KES 30')]);
  const amounts = (await client.creditsOf(PLAIN)).map((entry) => entry.tenThousandths);
  expect(amounts).toEqual(['100000', '300000']);
});

it('changes the settings that are named and keeps the others', async () => {
  const { client } = await bench({ GUARD_SECONDS: '7' });
  const changed = await client.control('settings', { MAGIC: false, KEY_SECONDS: 9 });
  expect(changed).toMatchObject({ MAGIC: false, KEY_SECONDS: 9, GUARD_SECONDS: 7 });
  expect(await client.control('settings')).toEqual(changed);
  await client.control('settings', { REFUSAL_TEXT: 'No' });
  expect(await client.send([to(PLAIN)])).toMatchObject({ errorMessage: 'No' });
  await client.control('settings', { REFUSAL_TEXT: '' });
  expect(await client.send([to(PLAIN)])).toMatchObject({ numSent: 1 });
});

it.each([
  [{ KEY_SECONDS: -1 }, 'KEY_SECONDS'],
  [{ LIMITS: 'KES' }, 'LIMITS'],
  [{ ANSWER_ORDER: 'sorted' }, 'ANSWER_ORDER'],
  [{ MAGIC: null }, 'MAGIC'],
  [{ PORT: 1 }, 'PORT'],
  [[], 'object'],
])('refuses the settings %j and changes nothing', async (settings, named) => {
  const { client } = await bench();
  const before = await client.control('settings');
  expect(await client.control('settings', settings)).toEqual({
    error: expect.stringContaining(named),
  });
  expect(await client.control('settings')).toEqual(before);
});

it('never shows the key of the account', async () => {
  const { client } = await bench({ AIRTIME_API_KEY: 'atsk_secret' });
  expect(JSON.stringify(await client.control('settings'))).not.toContain('atsk_secret');
});

it('remembers the last requests, and no more than it may', async () => {
  const { client } = await bench({ REQUESTS_KEPT: '3' });
  for (const key of ['a', 'b', 'c', 'd', 'd']) await client.send([to(PLAIN)], key);
  const { requests } = await client.control<{ requests: object[] }>('requests');
  expect(requests).toMatchObject([
    { number: 5, key: 'd', ending: 'duplicate key', accepted: 0 },
    { number: 4, key: 'd', ending: 'answered', accepted: 1, phones: [PLAIN], recipients: 1 },
    { number: 3, key: 'c' },
  ]);
  expect(await client.control('requests?key=c')).toMatchObject({ requests: [{ number: 3 }] });
  expect(await client.control('requests?phone=%2B254711000002')).toEqual({ requests: [] });
});

it('forgets everything but the settings at a reset', async () => {
  const { client } = await bench();
  await client.control('settings', { KEY_SECONDS: 99 });
  const answer = await client.send([to(PLAIN)], 'a');
  await client.control('reset', {});
  expect(await client.summary()).toMatchObject({ credits: 0, sums: {}, requests: { seen: 0 } });
  expect(await client.control('settings')).toMatchObject({ KEY_SECONDS: 99 });
  const again = await client.send([to(PLAIN)], 'a');
  expect(again.numSent).toBe(1);
  expect(again.responses[0]?.requestId).not.toBe(answer.responses[0]?.requestId);
});

it.each(['book?limit=x', 'book?limit=10001', 'book/phone?phone=0711', 'nothing'])(
  'refuses to answer %s',
  async (path) => {
    const { client } = await bench();
    expect(await client.control(path)).toEqual({ error: expect.any(String) });
  },
);
