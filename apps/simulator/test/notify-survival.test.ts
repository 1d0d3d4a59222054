import { readFileSync } from 'node:fs';
import { eventually } from '@salio/testkit';
import { expect, it } from 'vitest';
import { bench, type Client, OTHER, PLAIN, to } from './fixture.ts';
import { bookFile, startProcess } from './process.ts';
import { receiver } from './receiver.ts';

const MANY =
  'missing:500,twice:500,early:500,contradicting:500,minimal:500,telco_failed:500,foreign:500';
const KEYS = [...Array(120).keys()].map((number) => `key-${number}`);
const phoneOf = (key: string) => `+2547110${key.slice(4).padStart(5, '0')}`;
const OK = { status: 200 };

interface Lies {
  readonly entries: readonly {
    readonly order: number;
    readonly key: string;
    readonly phone: string;
    readonly fault: string;
    readonly requestId: string;
    readonly credited: boolean;
    readonly acknowledged: boolean;
  }[];
  readonly next: number | null;
}

interface Counts {
  readonly open: number;
  readonly acknowledged: number;
  readonly missing: number;
}

it('lies alike about the same lines, in whatever order they come', async () => {
  const told = async (keys: readonly string[], atOnce: boolean, seed = '5') => {
    const { client } = await bench({ NOTIFY_FAULTS: MANY, FAULT_SEED: seed });
    const send = (key: string) => client.send([to(phoneOf(key)), to(OTHER)], key);
    if (atOnce) await Promise.all(keys.map(send));
    else for (const key of keys) await send(key);
    const { entries } = await lies(client);
    return entries.map(({ key, phone, fault }) => `${key} ${phone} ${fault}`).toSorted();
  };
  const first = await told(KEYS, false);
  expect(first.length).toBeGreaterThan(60);
  expect(await told(KEYS.toReversed(), true)).toEqual(first);
  expect(await told(KEYS, true, '6')).not.toEqual(first);
});

it('owes after a SIGKILL exactly what nobody had acknowledged, and has forgotten no lie', async () => {
  const heard = await receiver();
  const refuses = (phone: unknown) => String(phone).endsWith('7');
  heard.answer = ({ fields }) => (refuses(fields['phoneNumber']) ? { status: 500 } : OK);
  const file = bookFile();
  const settings = { NOTIFY_URL: heard.url, NOTIFY_AFTER_MS: '0', NOTIFY_FAULTS: 'missing:2000' };
  const first = await startProcess(file, settings);
  await Promise.all(KEYS.map((key) => first.client.send([to(phoneOf(key))], key)));
  const lied = (await lies(first.client)).entries;
  const missing = new Set(lied.map(({ phone }) => phone));
  const owed = KEYS.map(phoneOf).filter((phone) => refuses(phone) || missing.has(phone));
  expect(missing.size).toBeGreaterThan(5);
  await eventually(async () => (await counts(first.client)).open === owed.length);
  first.child.kill('SIGKILL');

  heard.posts.length = 0;
  heard.answer = () => OK;
  const second = await startProcess(file, settings);
  const isHeldBack = (phone: string) => missing.has(phone);
  await eventually(async () => (await counts(second.client)).open === missing.size);
  expect(heard.posts.map(({ fields }) => String(fields['phoneNumber'])).toSorted()).toEqual(
    owed.filter((phone) => !isHeldBack(phone)).toSorted(),
  );
  expect((await lies(second.client)).entries).toEqual(lied);
  expect(await complete(second.client)).toMatchObject({ acknowledged: KEYS.length, open: 0 });
  expect(readFileSync(file, 'utf8').match(/^K\t/gm)).toHaveLength(KEYS.length);
});

it('counts nothing as acknowledged twice, whatever is repeated', async () => {
  const heard = await receiver();
  const file = bookFile();
  const settings = { BOOK_FILE: file, NOTIFY_URL: heard.url, NOTIFY_AFTER_MS: '0' };
  const before = await bench({ ...settings, NOTIFY_FAULTS: 'twice:10000' });
  await before.client.send([to(PLAIN), to(OTHER)]);
  expect(await complete(before.client)).toMatchObject({ acknowledged: 2, open: 0 });
  await before.stop();
  const { client } = await bench(settings);
  expect(await counts(client)).toMatchObject({ acknowledged: 2, open: 0 });
  expect(await complete(client)).toMatchObject({ acknowledged: 2, open: 0 });
});

it('pages the lies', async () => {
  const { client } = await bench({ NOTIFY_FAULTS: 'minimal:10000' });
  for (const key of ['a', 'b', 'c']) await client.send([to(PLAIN)], key);
  expect(await lies(client, '?limit=2')).toMatchObject({
    entries: [
      { order: 1, key: 'a' },
      { order: 2, key: 'b' },
    ],
    next: 2,
  });
  expect(await lies(client, '?after=2&limit=2')).toMatchObject({
    entries: [{ order: 3, key: 'c' }],
    next: null,
  });
});

function lies(client: Client, page = '?limit=10000'): Promise<Lies> {
  return client.control<Lies>(`notifications/lies${page}`);
}

function counts(client: Client): Promise<Counts> {
  return client.control<Counts>('notifications');
}

function complete(client: Client): Promise<Counts> {
  return client.control<Counts>('notifications/complete?withinMs=10000', {});
}
