import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NOTIFY_FAULTS, SCENARIOS } from '@salio/simulator';
import { eventually } from '@salio/testkit';
import { describe, expect, it } from 'vitest';
import { bench, type Bench, OTHER, PLAIN, refusal, to } from './fixture.ts';
import { type Receiver, receiver } from './receiver.ts';

const DUPLICATE = 'A duplicate request was received within the last 5 minutes';
const SOON = { NOTIFY_AFTER_MS: '0', NOTIFY_REPEAT_MS: '5' };

interface Counts {
  readonly accepted: number;
  readonly acknowledged: number;
  readonly open: number;
  readonly due: number;
  readonly missing: number;
  readonly givenUp: number;
  readonly attempts: number;
  readonly refused: number;
  readonly unanswered: number;
}

describe('a notification', () => {
  it('tells in the documented form what was credited', async () => {
    const { heard, client } = await notified();
    const [line] = (await client.send([to(PLAIN)], 'a')).responses;
    await allAcknowledged(client);
    expect(heard.posts).toEqual([
      {
        contentType: 'application/json',
        body: JSON.stringify({
          phoneNumber: PLAIN,
          description: 'Airtime Delivered Successfully',
          status: 'Success',
          requestId: line?.requestId,
          discount: 'KES 4.0000',
          value: 'KES 100.0000',
        }),
        fields: expect.anything(),
      },
    ]);
    expect(await counts(client)).toMatchObject({ accepted: 1, acknowledged: 1, attempts: 1 });
  });

  it('tells of a telco that refused, in a form and minimal where that is set', async () => {
    const { heard, client } = await notified({ NOTIFY_ENCODING: 'form' });
    await client.send([to('+254711009908')], 'a');
    await allAcknowledged(client);
    await client.control('settings', { NOTIFY_FIELDS: 'minimal' });
    const [line] = (await client.send([to(PLAIN)], 'b')).responses;
    await allAcknowledged(client);
    expect(heard.posts.map(({ contentType }) => contentType)).toEqual([FORM, FORM]);
    expect(heard.posts.map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ phoneNumber: '+254711009908', status: 'Failed' }),
      { requestId: line?.requestId, status: 'Success' },
    ]);
  });

  it('is mixed by the request id', async () => {
    const { heard, client } = await notified({ NOTIFY_ENCODING: 'mixed', NOTIFY_FIELDS: 'mixed' });
    const phones = [...Array(40).keys()].map((number) => `+2547110000${10 + number}`);
    await client.send(phones.map((phone) => to(phone)));
    await allAcknowledged(client);
    const kinds = heard.posts.map(({ contentType, fields }) => [
      contentType === FORM,
      'value' in fields,
    ]);
    expect(new Set(kinds.map(String)).size).toBe(4);
  });

  it('is sent for whatever has a request id, and for nothing else', async () => {
    const { heard, client } = await notified();
    await client.send([to('+254711009907'), to('+254711009909'), to('+254711009901')], 'a');
    await client.raw([to('+254711009917')], 'b').catch(() => undefined);
    await client.raw([to('+254711009918')], 'c').catch(() => undefined);
    expect(await client.send([to('+254711009917')], 'b')).toEqual(refusal(DUPLICATE));
    await allAcknowledged(client);
    expect(heard.posts.map(({ fields }) => String(fields['phoneNumber'])).toSorted()).toEqual([
      '+254711009907',
      '+254711009909',
      '+254711009917',
    ]);
  });

  it('is repeated until it is acknowledged', async () => {
    const { heard, client } = await notified();
    heard.answer = (_, count) => [{ status: 500 }, 'cut' as const, { status: 302 }][count] ?? OK;
    await client.send([to(PLAIN)]);
    await allAcknowledged(client);
    expect(heard.posts).toHaveLength(4);
    expect(await counts(client)).toMatchObject({ attempts: 4, refused: 2, unanswered: 1 });
  });

  it('is repeated where nobody answers in time, or nobody is there', async () => {
    const { heard, client } = await notified({ NOTIFY_TIMEOUT_MS: '20' });
    heard.answer = () => 'hang';
    await client.send([to(PLAIN)]);
    await eventually(() => heard.posts.length > 1);
    await heard.stop();
    await eventually(async () => (await counts(client)).unanswered > heard.posts.length);
    // However slowly it answers now, it is asked once.
    await client.control('settings', { NOTIFY_TIMEOUT_MS: 10_000 });
    const back = await receiver(Number(new URL(heard.url).port));
    await allAcknowledged(client);
    expect(back.posts).toHaveLength(1);
  });

  it('is given up after its patience, and sent after all when all are asked for', async () => {
    const made = await notified({ NOTIFY_PATIENCE_MS: '60000' });
    const { heard, client } = made;
    heard.answer = () => ({ status: 503 });
    await client.send([to(PLAIN)]);
    await eventually(() => heard.posts.length > 2);
    made.clockMs += 60_000;
    await eventually(async () => (await counts(client)).givenUp === 1);
    expect(await counts(client)).toMatchObject({ open: 1, due: 0, missing: 0 });
    heard.answer = () => OK;
    expect(await complete(client)).toMatchObject({ acknowledged: 1, open: 0, givenUp: 0 });
  });

  it('is not sent without an address, and all that is owed when there is one', async () => {
    const heard = await receiver();
    const { client } = await bench(SOON);
    await client.send([to(PLAIN)]);
    expect(await counts(client)).toMatchObject({ accepted: 1, due: 1, attempts: 0 });
    expect(await complete(client)).toEqual({ error: expect.stringContaining('NOTIFY_URL') });
    await client.control('settings', { NOTIFY_URL: heard.url });
    await allAcknowledged(client);
    expect(heard.posts).toMatchObject([{ fields: { phoneNumber: PLAIN } }]);
  });

  it('waits for its time', async () => {
    const { heard, client } = await notified({ NOTIFY_AFTER_MS: '600000' });
    await client.send([to(PLAIN)], 'a');
    await client.control('settings', { NOTIFY_AFTER_MS: 0 });
    await client.send([to(OTHER)], 'b');
    await eventually(async () => (await counts(client)).acknowledged === 1);
    expect(heard.posts).toMatchObject([{ fields: { phoneNumber: OTHER } }]);
    expect(await counts(client)).toMatchObject({ due: 1 });
  });

  it('is owed no more after a reset', async () => {
    const { heard, client } = await notified({ NOTIFY_AFTER_MS: '600000' });
    await client.send([to(PLAIN)], 'a');
    await client.control('reset', {});
    await client.control('settings', { NOTIFY_AFTER_MS: 0 });
    await client.send([to(OTHER)], 'a');
    await allAcknowledged(client);
    expect(heard.posts).toMatchObject([{ fields: { phoneNumber: OTHER } }]);
    expect(await counts(client)).toMatchObject({ accepted: 1, attempts: 1 });
  });
});

/** What is heard of a line until it is acknowledged, and whether the book has it as credited. */
const SUCCESS = 'Success full own';
const CASES: Readonly<Record<string, readonly [heard: readonly string[], credited: boolean]>> = {
  missing: [[], true],
  twice: [[SUCCESS, SUCCESS], true],
  late: [[SUCCESS], true],
  early: [[SUCCESS], true],
  contradicting: [['Failed full own', SUCCESS], true],
  minimal: [['Success minimal own'], true],
  telco_failed: [['Failed full own'], false],
  duplicate_failed: [['Failed full own, duplicate'], false],
  foreign: [[SUCCESS, 'Failed full foreign'], true],
  garbled: [['nothing'], true],
};

describe('the table of notification faults', () => {
  it('is the one that the README shows, and that is tested here', () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
    const section = /^### Faults of notifications$(.*?)^## /ms.exec(readme)?.[1] ?? '';
    const names = NOTIFY_FAULTS.map(({ name }) => name);
    expect([...section.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name)).toEqual(names);
    expect(Object.keys(CASES)).toEqual(names);
  });
});

describe('a fault of notifications', () => {
  it.each(NOTIFY_FAULTS)('$name, by the seed and by a magic phone', async ({ name }) => {
    const scenario = SCENARIOS.find((one) => one.name === `notification: ${name}`);
    const late = { NOTIFY_LATE_MS: '30' };
    const [sent, credited] = CASES[name] ?? [[], true];
    for (const [phone, settings] of [
      [PLAIN, { NOTIFY_FAULTS: `${name}:10000` }],
      [`+25471100${scenario?.ending}`, {}],
    ] as const) {
      const { heard, client } = await notified({ ...settings, ...late });
      const [line] = (await client.send([to(phone)], 'a')).responses;
      expect(line).toMatchObject({ status: 'Sent' });
      const { entries } = await client.control<{ entries: object[] }>('notifications/lies');
      expect(entries).toEqual([
        {
          order: 1,
          fault: name,
          requestId: line?.requestId,
          requestNumber: 1,
          key: 'a',
          at: '2026-01-31T09:00:00.000Z',
          phone,
          credited,
          acknowledged: expect.any(Boolean),
          foreignRequestId: name === 'foreign' ? expect.stringMatching(ID) : null,
        },
      ]);
      expect(await client.creditsOf(phone)).toMatchObject([{ credited }]);
      if (name !== 'missing') await allAcknowledged(client);
      const kinds = heard.posts.map((post) => kindOf(post.fields, line?.requestId));
      expect(kinds.toSorted()).toEqual(
        [...sent, ...(name === 'garbled' ? [SUCCESS] : [])].toSorted(),
      );
    }
  });

  it('missing: holds the notification back until all are asked for, then sends the truth', async () => {
    const { heard, client } = await notified({ NOTIFY_FAULTS: 'missing:10000' });
    await client.send([to(PLAIN)], 'a');
    expect(await counts(client)).toMatchObject({ open: 1, missing: 1, due: 0 });
    expect(await complete(client)).toMatchObject({ accepted: 1, acknowledged: 1, open: 0 });
    expect(heard.posts).toMatchObject([{ fields: { status: 'Success', phoneNumber: PLAIN } }]);
  });

  it('late: comes later than the others, or when all are asked for', async () => {
    const late = { NOTIFY_FAULTS: 'late:10000', NOTIFY_LATE_MS: '600000' };
    const { heard, client } = await notified(late);
    await client.send([to(PLAIN)], 'a');
    await client.control('settings', { NOTIFY_FAULTS: '' });
    await client.send([to(OTHER)], 'b');
    await eventually(async () => (await counts(client)).acknowledged === 1);
    expect(heard.posts).toMatchObject([{ fields: { phoneNumber: OTHER } }]);
    expect(await complete(client)).toMatchObject({ acknowledged: 2, open: 0 });
  });

  it('early: arrives before the answer to the send, which waits no longer than a call may last', async () => {
    const made = await notified({ NOTIFY_FAULTS: 'early:10000', NOTIFY_TIMEOUT_MS: '50' });
    const { heard, client } = made;
    await client.send([to(PLAIN)], 'a');
    expect(heard.posts).toHaveLength(1);
    expect(await counts(client)).toMatchObject({ acknowledged: 1 });
    heard.answer = () => 'hang';
    expect(await client.send([to(OTHER)], 'b')).toMatchObject({ numSent: 1 });
    expect(await counts(client)).toMatchObject({ unanswered: 1, open: 1 });
  });

  it('contradicting: says both in either order, by the seed, and never calls a failure Success', async () => {
    const { heard, client } = await notified({ NOTIFY_FAULTS: 'contradicting:10000' });
    const first = new Set<unknown>();
    for (let number = 0; number < 12; number += 1) {
      heard.posts.length = 0;
      await client.send([to(PLAIN)], `key-${number}`);
      await allAcknowledged(client);
      expect(heard.posts.map(({ fields }) => String(fields['status'])).toSorted()).toEqual([
        'Failed',
        'Success',
      ]);
      first.add(heard.posts[0]?.fields['status']);
    }
    expect(first.size).toBe(2);
    heard.posts.length = 0;
    await client.send([to('+254711009908')], 'failed');
    await allAcknowledged(client);
    expect(heard.posts.map(({ fields }) => fields['status'])).toEqual(['Failed']);
  });

  it('telco_failed: an enquiry ends Failed, and nothing reaches the phone', async () => {
    const made = await notified({ NOTIFY_FAULTS: 'telco_failed:10000' });
    const [line] = (await made.client.send([to(PLAIN)])).responses;
    made.clockMs += 60_000;
    expect(await made.client.statusOf(line?.requestId ?? '')).toEqual({ status: 'Failed' });
    expect(await made.client.summary()).toMatchObject({ credits: 0, failedByTelco: 1, sums: {} });
  });

  it('is repeated with the truth until both are answered, but for a body that nobody can read', async () => {
    const garbled = await notified({ NOTIFY_FAULTS: 'garbled:10000' });
    garbled.heard.answer = ({ fields }) => ('status' in fields ? OK : { status: 400 });
    await garbled.client.send([to(PLAIN)]);
    await allAcknowledged(garbled.client);
    expect(garbled.heard.posts).toHaveLength(2);
    const twice = await notified({ NOTIFY_FAULTS: 'twice:10000' });
    twice.heard.answer = (_, count) => (count === 1 ? { status: 500 } : OK);
    await twice.client.send([to(PLAIN)]);
    await allAcknowledged(twice.client);
    expect(twice.heard.posts).toHaveLength(4);
  });

  it('is met no more when all were asked for, until a reset', async () => {
    const { heard, client } = await notified({ NOTIFY_FAULTS: 'telco_failed:10000' });
    expect(await complete(client)).toMatchObject({ accepted: 0, open: 0 });
    await client.send([to(PLAIN), to('+254711009940')], 'a');
    await allAcknowledged(client);
    expect(heard.posts.map(({ fields }) => fields['status'])).toEqual(['Success', 'Success']);
    await client.control('reset', {});
    await client.send([to(PLAIN)], 'a');
    expect(await client.summary()).toMatchObject({ failedByTelco: 1 });
  });
});

it('says so where not all are acknowledged in time', async () => {
  const { heard, client } = await notified();
  heard.answer = () => ({ status: 503 });
  await client.send([to(PLAIN)]);
  expect(await complete(client, 50)).toMatchObject({ open: 1, acknowledged: 0, due: 1 });
  heard.answer = () => OK;
  await allAcknowledged(client);
});

const OK = { status: 200 };
const FORM = 'application/x-www-form-urlencoded';
const ID = /^ATQid_[0-9a-f]{32}$/;

async function notified(
  overrides: Readonly<Record<string, string>> = {},
): Promise<Bench & { readonly heard: Receiver }> {
  const heard = await receiver();
  heard.answer = () => OK;
  return Object.assign(await bench({ NOTIFY_URL: heard.url, ...SOON, ...overrides }), { heard });
}

function counts(client: Bench['client']): Promise<Counts> {
  return client.control<Counts>('notifications');
}

function complete(client: Bench['client'], withinMs = 5000): Promise<Counts> {
  return client.control<Counts>(`notifications/complete?withinMs=${withinMs}`, {});
}

async function allAcknowledged(client: Bench['client']): Promise<void> {
  await eventually(async () => (await counts(client)).open === 0);
}

function kindOf(fields: Readonly<Record<string, unknown>>, own: string | undefined): string {
  if (fields['requestId'] === undefined) return 'nothing';
  const size = 'value' in fields ? 'full' : 'minimal';
  const whose = fields['requestId'] === own ? 'own' : 'foreign';
  const duplicate = fields['description'] === DUPLICATE ? ', duplicate' : '';
  return `${String(fields['status'])} ${size} ${whose}${duplicate}`;
}
