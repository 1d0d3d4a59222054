import { once } from 'node:events';
import { eventually } from '@salio/testkit';
import { expect, it } from 'vitest';
import { bench, type Client, type Lie, to } from './fixture.ts';
import { bookFile, startProcess } from './process.ts';

/** Each ends by itself and soon, so that a sender need not give up. */
const MANY =
  'cut_before:500,cut_after:500,http_500_before:500,http_429:300,half:300,line_missing:300,' +
  'text_before:300,duplicate_lie:300,wallet_currency:300,part_cut:500,late:500';
const KEYS = Array.from({ length: 120 }, (_, number) => `key-${number}`);
const phoneOf = (key: string) => `+2547110${key.slice(4).padStart(5, '0')}`;

it('lies alike to the same requests, in whatever order they come', async () => {
  const told = async (keys: readonly string[], atOnce: boolean, seed = '5') => {
    const { client } = await bench({ FAULTS: MANY, FAULT_SEED: seed, LATENCY_JITTER_MS: '3' });
    if (atOnce) await Promise.all(keys.map((key) => sendTwice(client, key)));
    else for (const key of keys) await sendTwice(client, key);
    return byKey(await client.lies());
  };
  const first = await told(KEYS, false);
  expect(first.length).toBeGreaterThan(60);
  expect(await told(KEYS.toReversed(), true)).toEqual(first);
  expect(await told(KEYS, true, '6')).not.toEqual(first);
});

it('lies alike to requests without a key, told apart by phones and amounts', async () => {
  const told = async (keys: readonly string[]) => {
    const { client } = await bench({ FAULTS: MANY, GUARD_SECONDS: '0' });
    for (const key of keys) await ask(client, key, false);
    return (await client.lies()).map(({ phones, fault }) => `${phones[0]} ${fault}`).toSorted();
  };
  const first = await told(KEYS);
  expect(first.length).toBeGreaterThan(20);
  expect(await told(KEYS.toReversed())).toEqual(first);
});

it('goes on lying by its seed after a SIGKILL, and has forgotten no lie, credit or key', async () => {
  const settings = { FAULTS: MANY, FAULT_SEED: '5', LATE_MS: '0' };
  const whole = await bench(settings);
  for (const key of KEYS) await sendTwice(whole.client, key);

  const file = bookFile();
  const before = await startProcess(file, settings);
  for (const key of KEYS) await ask(before.client, key);
  const lies = await before.client.lies();
  before.child.kill('SIGKILL');
  const { client } = await startProcess(file, settings);
  expect(await client.lies()).toEqual(lies);
  for (const key of KEYS) await ask(client, key);

  expect(byKey(await client.lies())).toEqual(byKey(await whole.client.lies()));
  await eventually(async () => {
    const [one, other] = [await client.summary(), await whole.client.summary()];
    expect([one.credits, one.sums, one.lies]).toEqual([other.credits, other.sums, other.lies]);
    return true;
  });
});

it('tells no lie that a SIGKILL in the middle of many could undo', async () => {
  const file = bookFile();
  const { child, client } = await startProcess(file, { FAULTS: MANY });
  const killed = new AbortController();
  const senders = Array.from({ length: 10 }, async (_, sender) => {
    for (let turn = 0; turn < 5000 && !killed.signal.aborted; turn += 1) {
      await ask(client, `key-${sender * 5000 + turn}`);
    }
  });
  let told: readonly Lie[] = [];
  while (told.length < 50) told = await client.lies();
  child.kill('SIGKILL');
  killed.abort();
  await Promise.all(senders);
  const { client: after } = await startProcess(file);
  expect((await after.lies()).slice(0, told.length)).toEqual(told);
  const numbers = (await after.lies()).map(({ requestNumber }) => requestNumber);
  await after.send([to('+254722000001')], 'new');
  const [entry] = await after.creditsOf('+254722000001');
  expect(entry?.requestNumber).toBeGreaterThan(Math.max(...numbers));
});

it('credits late what it owed when it was killed, once, whatever the key asks meanwhile', async () => {
  const file = bookFile();
  const settings = { FAULTS: 'late:10000', LATE_MS: '600000' };
  const first = await startProcess(file, settings);
  await ask(first.client, 'key-1');
  expect(await first.client.summary()).toMatchObject({ credits: 0, lies: { late: 1 } });
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  const laterMs = Date.now() + 600_001;
  const second = await bench({ BOOK_FILE: file }, Date.now());
  expect(await second.client.summary()).toMatchObject({ credits: 0 });
  expect(await second.client.send([to(phoneOf('key-1'))], 'key-1')).toMatchObject({ numSent: 0 });
  await second.stop();
  const third = await bench({ BOOK_FILE: file }, laterMs);
  await eventually(async () => (await third.client.summary()).credits === 1);
  await third.stop();
  const fourth = await bench({ BOOK_FILE: file }, laterMs);
  expect(await fourth.client.control('book')).toMatchObject({
    entries: [{ phone: phoneOf('key-1'), key: 'key-1', requestNumber: 1, credited: true }],
  });
});

it('dies with a part of the lines credited, and its key is as if it had never come', async () => {
  const file = bookFile();
  const { child, client } = await startProcess(file, { FAULTS: 'part_die:10000' });
  const phones = ['1', '2', '3', '4', '5'].map((digit) => `+25471100000${digit}`);
  const gone = once(child, 'exit');
  await client
    .raw(
      phones.map((phone) => to(phone)),
      'a',
    )
    .catch(() => undefined);
  expect(await gone).toEqual([null, 'SIGKILL']);

  const { client: after } = await startProcess(file);
  const [lie] = await after.lies();
  expect(lie).toMatchObject({ fault: 'part_die', key: 'a', phones, truthful: false });
  expect(lie?.credited).toBeLessThan(5);
  expect(await after.summary()).toMatchObject({ credits: lie?.credited });
  const again = await after.send(
    phones.map((phone) => to(phone)),
    'a',
  );
  expect(again.numSent).toBe(5);
});

async function sendTwice(client: Client, key: string): Promise<void> {
  await ask(client, key);
  await ask(client, key);
}

/** Sends and takes whatever comes of it. */
async function ask(client: Client, key: string, keyed = true): Promise<void> {
  const response = await client.raw([to(phoneOf(key))], keyed ? key : undefined).catch(broken);
  await response?.text().catch(broken);
}

function broken(error: unknown): undefined {
  if (!(error instanceof TypeError)) throw error;
}

function byKey(lies: readonly Lie[]) {
  return lies
    .map(({ key, fault, credited, truthful }) => `${key} ${fault} ${credited} ${truthful}`)
    .toSorted();
}
