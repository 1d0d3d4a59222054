import { expect, it } from 'vitest';
import { bench, OTHER, PLAIN, refusal, to, HEADERS, SEND, form } from './fixture.ts';

const DUPLICATE = refusal('A duplicate request was received within the last 5 minutes');
const MINUTE_MS = 60_000;

it('refuses the same key inside its period with 201 and the duplicate text', async () => {
  const { client } = await bench();
  expect(await client.send([to(PLAIN)], 'a')).toMatchObject({ numSent: 1 });
  expect(await client.send([to(PLAIN)], 'a')).toEqual(DUPLICATE);
  expect(await client.creditsOf(PLAIN)).toHaveLength(1);
});

it('refuses the same key also with another body, but not of another username', async () => {
  const { client } = await bench();
  await client.send([to(PLAIN)], 'a');
  expect(await client.send([to(OTHER, 'KES 50')], 'a')).toEqual(DUPLICATE);
  const fields = { username: 'acme', recipients: JSON.stringify([to(OTHER, 'KES 50')]) };
  const other = await client.post(fields, { 'Idempotency-Key': 'a' });
  expect(await other.json()).toMatchObject({ numSent: 1 });
});

it('lets exactly one of many requests with one key through', async () => {
  const { client } = await bench();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => client.send([to(PLAIN)], 'a')),
  );
  expect(answers.filter((answer) => answer.numSent === 1)).toHaveLength(1);
  expect(await client.creditsOf(PLAIN)).toHaveLength(1);
});

it('credits again when the period of a key is over, whatever came between', async () => {
  const made = await bench({ KEY_SECONDS: '60' });
  await made.client.send([to(PLAIN)], 'a');
  made.clockMs += MINUTE_MS - 1;
  expect(await made.client.send([to(PLAIN)], 'a')).toEqual(DUPLICATE);
  made.clockMs += 1;
  expect(await made.client.send([to(PLAIN)], 'a')).toMatchObject({ numSent: 1 });
});

it('knows the key in the spelling of the documentation as well', async () => {
  const { client, url } = await bench();
  await client.send([to(PLAIN)], 'a');
  const headers = { ...HEADERS, 'Idempotence-Key': 'a' };
  const again = await fetch(url + SEND, { method: 'POST', headers, body: form([to(PLAIN)]) });
  expect(await again.json()).toMatchObject({ numSent: 0 });
});

it('ignores keys where their period is zero', async () => {
  const { client } = await bench({ KEY_SECONDS: '0' });
  await client.send([to(PLAIN)], 'a');
  expect(await client.send([to(PLAIN)], 'a')).toMatchObject({ numSent: 1 });
});

it('refuses an equal request without a key for five minutes', async () => {
  const made = await bench();
  await made.client.send([to(PLAIN)]);
  made.clockMs += 5 * MINUTE_MS - 1;
  expect(await made.client.send([to(PLAIN)])).toEqual(DUPLICATE);
  expect(await made.client.send([to(PLAIN, 'KES 100.00')])).toEqual(DUPLICATE);
  made.clockMs += 1;
  expect(await made.client.send([to(PLAIN)])).toMatchObject({ numSent: 1 });
});

it('guards amount, currency, phone and username together', async () => {
  const { client } = await bench();
  await client.send([to(PLAIN)]);
  expect(await client.send([to(PLAIN, 'KES 101')])).toMatchObject({ numSent: 1 });
  expect(await client.send([to(PLAIN, 'ETB 100')])).toMatchObject({ numSent: 1 });
  expect(await client.send([to(OTHER)])).toMatchObject({ numSent: 1 });
  const other = await client.post({ username: 'acme', recipients: JSON.stringify([to(PLAIN)]) });
  expect(await other.json()).toMatchObject({ numSent: 1 });
  expect(await client.send([to(PLAIN)])).toEqual(DUPLICATE);
});

it('lets a fresh key past the guard, and guards what a key was given', async () => {
  const { client } = await bench();
  expect((await client.send([to(PLAIN)])).numSent).toBe(1);
  expect((await client.send([to(PLAIN)])).numSent).toBe(0);
  expect((await client.send([to(PLAIN)], 'rand-0')).numSent).toBe(1);
  expect((await client.send([to(PLAIN)], 'rand-1')).numSent).toBe(1);
  expect((await client.send([to(PLAIN)])).numSent).toBe(0);
});

it('guards requests with a key as well, by setting', async () => {
  const { client } = await bench({ GUARD_KEYED: 'true', KEY_SECONDS: '0' });
  await client.send([to(PLAIN)], 'a');
  expect(await client.send([to(PLAIN)], 'b')).toEqual(DUPLICATE);
});

it('guards nothing where its period is zero', async () => {
  const { client } = await bench({ GUARD_SECONDS: '0' });
  await client.send([to(PLAIN)]);
  expect(await client.send([to(PLAIN)])).toMatchObject({ numSent: 1 });
});

it('refuses a whole request where one recipient is a duplicate', async () => {
  const { client } = await bench();
  await client.send([to(PLAIN)]);
  expect(await client.send([to(OTHER), to(PLAIN)])).toEqual(DUPLICATE);
  expect(await client.creditsOf(OTHER)).toHaveLength(0);
});

it.each([
  ['received', 0],
  ['credited', 1],
])('spends keys on requests that were %s', async (remembered, numSent) => {
  const { client } = await bench({ KEY_REMEMBERED: remembered });
  await client.control('settings', { ENABLED: false });
  await client.send([to(PLAIN)], 'a');
  await client.control('settings', { ENABLED: true });
  expect((await client.send([to(PLAIN)], 'a')).numSent).toBe(numSent);
});
