import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCENARIOS, VALIDATE_FAULTS } from '@salio/simulator';
import { eventually } from '@salio/testkit';
import { describe, expect, it } from 'vitest';
import { bench, type Bench, OTHER, PLAIN, refusal, to } from './fixture.ts';
import { bookFile } from './process.ts';
import { NO, type Receiver, receiver, type Reply, YES } from './receiver.ts';

const DUPLICATE = 'A duplicate request was received within the last 5 minutes';
const FORM = 'application/x-www-form-urlencoded';
const ID = /^[0-9a-f]{32}$/;

describe('a validation', () => {
  it('is asked for in the documented form before anything is credited', async () => {
    const { gate, client } = await gated();
    gate.answer = async () => {
      expect(await client.summary()).toMatchObject({ credits: 0 });
      return YES;
    };
    const answer = await client.send([to(PLAIN, 'KES 500')], 'a');
    expect(answer).toMatchObject({ numSent: 1, responses: [{ status: 'Sent' }] });
    const [post] = gate.posts;
    expect(post?.fields).toEqual({
      transactionId: expect.stringMatching(ID),
      phoneNumber: PLAIN,
      sourceIpAddress: '127.0.0.1',
      currencyCode: 'KES',
      amount: expect.anything(),
    });
    const transactionId = String(post?.fields['transactionId']);
    expect(answer.responses[0]?.requestId).not.toContain(transactionId);
    expect(await client.control('validations')).toEqual({
      counts: { asked: 1, validated: 1, failed: 0, unanswered: 0 },
      validations: [
        {
          at: '2026-01-31T09:00:00.000Z',
          transactionId,
          phone: PLAIN,
          amount: 'KES 500.0000',
          key: 'a',
          encoding: 'application/json',
          status: 200,
          answer: 'Validated',
          fault: null,
        },
      ],
    });
  });

  it('carries the amount as number or text, in JSON or a form', async () => {
    const { gate, client } = await gated({ VALIDATE_ENCODING: 'mixed' });
    const phones = [...Array(40).keys()].map((number) => `+2547110000${10 + number}`);
    await client.send(
      phones.map((phone) => to(phone, 'KES 500.5')),
      'a',
    );
    const kinds = gate.posts.map(({ contentType, body, fields }) => {
      if (contentType === FORM) return `form ${String(fields['amount'])}`;
      return /"amount":(.*)\}$/.exec(body)?.[1] ?? body;
    });
    expect([...new Set(kinds)].toSorted()).toEqual(['"500.50"', '500.50', 'form 500.50']);
  });

  it('refuses a line that is not validated, and only that', async () => {
    const { gate, client } = await gated({ ANSWER_ORDER: 'request' });
    gate.answer = ({ fields }) => (fields['phoneNumber'] === PLAIN ? NO : YES);
    expect(await client.send([to(PLAIN), to(OTHER)], 'a')).toMatchObject({
      numSent: 1,
      errorMessage: 'None',
      responses: [
        { status: 'Failed', requestId: 'None', discount: '0' },
        { status: 'Sent', phoneNumber: OTHER },
      ],
    });
    expect(await client.creditsOf(PLAIN)).toEqual([]);
    expect(await client.send([to(PLAIN)], 'a')).toEqual(refusal(DUPLICATE));
  });

  it('is not asked for what would be refused anyway', async () => {
    const { gate, client } = await gated();
    await client.send([to('+254711009901')], 'a');
    await client.send([to('+254711009932')], 'b');
    await client.raw([to('+254711009926')], 'c');
    await client.send([to(PLAIN)], 'd');
    await client.send([to(PLAIN)], 'd');
    expect(gate.posts.map(({ fields }) => fields['phoneNumber'])).toEqual([PLAIN]);
  });

  it.each([
    ['a status that is not 200', { status: 201, body: '{"status":"Validated"}' }],
    ['another word', { status: 200, body: '{"status":"validated"}' }],
    ['no JSON', { status: 200, body: 'Validated' }],
    ['a cut connection', 'cut'],
    ['silence', 'hang'],
  ] as const)('is asked again after %s, under the same id', async (_, first) => {
    // Long enough for an answer on a busy machine.
    const { gate, client } = await gated({ VALIDATE_TIMEOUT_MS: '2000' });
    gate.answer = (_post, count) => (count === 0 ? first : YES);
    expect(await client.send([to(PLAIN)])).toMatchObject({ numSent: 1 });
    expect(new Set(gate.posts.map(({ fields }) => fields['transactionId'])).size).toBe(1);
    expect(gate.posts).toHaveLength(2);
  });

  it.each([
    ['block', 0],
    ['pay', 1],
  ])('that nobody answers: %s credits %i', async (silence, credits) => {
    const { gate, client } = await gated({ VALIDATE_SILENCE: silence, VALIDATE_TRIES: '3' });
    gate.answer = () => ({ status: 503 });
    expect(await client.send([to(PLAIN)])).toMatchObject({ numSent: credits });
    expect(gate.posts).toHaveLength(3);
    expect(await client.control('validations?limit=1')).toMatchObject({
      counts: { asked: 3, unanswered: 3 },
      validations: [{ status: 503, answer: null }],
    });
  });

  it('ends in a credit though the client has gone', async () => {
    const { gate, client } = await gated();
    const { open, wait } = barrier();
    gate.answer = () => wait;
    const giveUp = new AbortController();
    const sent = client.raw([to(PLAIN)], 'a', giveUp.signal).catch(() => 'gone');
    await eventually(() => gate.posts.length === 1);
    giveUp.abort();
    expect(await sent).toBe('gone');
    open();
    await eventually(async () => (await client.creditsOf(PLAIN)).length === 1);
  });

  it.each([
    ['a key', { KEY_REMEMBERED: 'received' }, 'a'],
    ['a key that counts when it credits', { KEY_REMEMBERED: 'credited' }, 'a'],
    ['phone and amount', {}, undefined],
  ])('keeps %s taken while it lasts', async (_, settings, key) => {
    const { gate, client } = await gated(settings);
    const { open, wait } = barrier();
    gate.answer = () => wait;
    const first = client.send([to(PLAIN)], key);
    await eventually(() => gate.posts.length === 1);
    expect(await client.send([to(PLAIN)], key)).toEqual(refusal(DUPLICATE));
    open();
    expect(await first).toMatchObject({ numSent: 1 });
    expect(await client.send([to(PLAIN)], key)).toEqual(refusal(DUPLICATE));
  });

  it('frees what it did not let pass, where only credits count', async () => {
    const { gate, client } = await gated({ KEY_REMEMBERED: 'credited' });
    gate.answer = (_post, count) => (count === 0 ? NO : YES);
    expect(await client.send([to(PLAIN)], 'a')).toMatchObject({ numSent: 0 });
    expect(await client.send([to(PLAIN)], 'a')).toMatchObject({ numSent: 1 });
  });

  it('comes to nothing where the book is emptied meanwhile', async () => {
    const { gate, client } = await gated();
    const { open, wait } = barrier();
    gate.answer = () => wait;
    const cut = client.raw([to(PLAIN)], 'a').catch(() => 'cut');
    await eventually(() => gate.posts.length === 1);
    await client.control('reset', {});
    open();
    expect(await cut).toBe('cut');
    expect(await client.summary()).toMatchObject({ credits: 0 });
  });

  it('books under its own request what others come in between of', async () => {
    const BOOK_FILE = bookFile();
    const before = await gated({ BOOK_FILE });
    const { gate, client } = before;
    const { open, wait } = barrier();
    gate.answer = (_post, count) => (count === 0 ? wait : YES);
    const first = client.send([to(PLAIN)], 'a');
    await eventually(() => gate.posts.length === 1);
    await client.send([to(OTHER)], 'b');
    open();
    await first;
    await before.stop();
    const { client: after } = await bench({ BOOK_FILE });
    expect(await after.creditsOf(PLAIN)).toMatchObject([{ key: 'a', requestNumber: 1, order: 2 }]);
    expect(await after.creditsOf(OTHER)).toMatchObject([{ key: 'b', requestNumber: 2, order: 1 }]);
    expect(await after.send([to(PLAIN)], 'a')).toEqual(refusal(DUPLICATE));
  });
});

describe('faults of sends', () => {
  it('part: ask only for what they credit', async () => {
    const { gate, client } = await gated({ FAULTS: 'part_cut:10000' });
    await client.raw([to(PLAIN), to(OTHER)], 'a').catch(() => undefined);
    expect(gate.posts).toHaveLength(1);
    expect(await client.summary()).toMatchObject({ credits: 1 });
  });

  it('late: ask right before they credit, and what is blocked never comes', async () => {
    const BOOK_FILE = bookFile();
    const before = await gated({ BOOK_FILE, FAULTS: 'late:10000', LATE_MS: '0' });
    const { gate, client } = before;
    gate.answer = ({ fields }) => (fields['phoneNumber'] === PLAIN ? NO : YES);
    await client.raw([to(PLAIN), to(OTHER)], 'a').catch(() => undefined);
    await eventually(async () => (await client.summary()).credits === 1);
    expect(await client.creditsOf(OTHER)).toHaveLength(1);
    expect(gate.posts.map(({ fields }) => 'sourceIpAddress' in fields)).toEqual([false, false]);
    await before.stop();
    const after = await bench({ BOOK_FILE, VALIDATE_URL: gate.url });
    await after.client.send([to('+254711000003')], 'b');
    expect(gate.posts).toHaveLength(3);
    expect(await after.client.summary()).toMatchObject({ credits: 2 });
  });
});

/** What comes of these answers, one after the other, and how often is asked. */
const CASES: Readonly<Record<string, readonly (readonly [readonly Reply[], number, number])[]>> = {
  repeated: [
    [[YES, YES], 1, 2],
    [[YES, NO], 0, 2],
    [[NO], 0, 1],
  ],
  lost_answer: [
    [[YES, NO], 0, 2],
    [[NO, YES], 1, 2],
  ],
  twice_at_once: [
    [[YES, NO], 1, 2],
    [[NO, YES], 1, 2],
    [[NO, NO], 0, 2],
  ],
};

describe('a fault of validations', () => {
  it('is one that the README shows, and that is tested here', () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
    const section = /^## Validations$(.*?)^## /ms.exec(readme)?.[1] ?? '';
    const names = VALIDATE_FAULTS.map(({ name }) => name);
    expect([...section.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name)).toEqual(names);
    expect(Object.keys(CASES)).toEqual(names);
  });

  it.each(VALIDATE_FAULTS)('$name, by the seed and by a magic phone', async ({ name }) => {
    const scenario = SCENARIOS.find((one) => one.name === `validation: ${name}`);
    for (const [phone, settings] of [
      [PLAIN, { VALIDATE_FAULTS: `${name}:10000` }],
      [`+25471100${scenario?.ending}`, {}],
    ] as const) {
      for (const [answers, credits, asked] of CASES[name] ?? []) {
        const { gate, client } = await gated(settings);
        gate.answer = (_post, count) => answers[count] ?? 'cut';
        expect(await client.send([to(phone)])).toMatchObject({ numSent: credits });
        expect(gate.posts).toHaveLength(asked);
        expect(new Set(gate.posts.map(({ fields }) => fields['transactionId'])).size).toBe(1);
        expect(await client.control('validations?limit=1')).toMatchObject({
          validations: [{ fault: name }],
        });
      }
    }
  });
});

describe('a thief', () => {
  const steal = ({ client }: Bench, body: object = { phone: PLAIN, amount: 'KES 100' }) =>
    client.control('steal', body);

  it('gets away with it where nobody is asked', async () => {
    const made = await bench();
    const stolen = { validation: null, credited: true, requestId: expect.stringMatching(/^ATQid/) };
    expect(await steal(made)).toEqual(stolen);
    expect(await made.client.creditsOf(PLAIN)).toMatchObject([{ username: 'thief', key: null }]);
  });

  it('is stopped by a validation that says no, and by silence', async () => {
    const made = await gated();
    made.gate.answer = () => NO;
    const nothing = { credited: false, requestId: null };
    expect(await steal(made)).toEqual({ validation: 'Failed', ...nothing });
    made.gate.answer = () => ({ status: 500 });
    expect(await steal(made)).toEqual({ validation: 'nothing', ...nothing });
    made.gate.answer = () => YES;
    expect(await steal(made)).toMatchObject({ validation: 'Validated', credited: true });
    expect(await made.client.creditsOf(PLAIN)).toHaveLength(1);
  });

  it('must say what it wants', async () => {
    const error = { error: expect.stringContaining('phone and amount') };
    expect(await steal(await bench(), { phone: PLAIN })).toEqual(error);
  });
});

async function gated(
  overrides: Readonly<Record<string, string>> = {},
): Promise<Bench & { readonly gate: Receiver }> {
  const gate = await receiver();
  return Object.assign(await bench({ VALIDATE_URL: gate.url, ...overrides }), { gate });
}

/** An answer that is held back until it is let through. */
function barrier(): { readonly open: () => void; readonly wait: Promise<Reply> } {
  const { promise, resolve } = Promise.withResolvers<Reply>();
  return { open: () => resolve(YES), wait: promise };
}
