import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULTS } from '@salio/simulator';
import { eventually } from '@salio/testkit';
import { describe, expect, it } from 'vitest';
import { bench, type Bench, OTHER, PLAIN, refusal, to } from './fixture.ts';
import { seen } from './seen.ts';

const PHONES = [PLAIN, OTHER, '+254711000003'];
const EVERY = (name: string) => ({ FAULTS: `${name}:10000`, ANSWER_ORDER: 'request' });

/** What a client sees, how many of three lines are credited (now, or late), and whether the key counts as seen. */
type Case = readonly [sees: readonly unknown[], credited: number, key: 'spent' | 'free' | 'either'];

const DUPLICATE = 'A duplicate request was received within the last 5 minutes';
const INTERNAL = 'There was an internal server error.';

const CASES: Readonly<Record<string, Case>> = {
  cut_before: [['cut'], 0, 'either'],
  cut_after: [['cut'], 3, 'spent'],
  hang_before: [['hung'], 0, 'either'],
  hang_after: [['hung'], 3, 'spent'],
  http_500_before: [[500, INTERNAL], 0, 'either'],
  http_500_after: [[500, INTERNAL], 3, 'spent'],
  http_502_before: [[502, 'Bad Gateway'], 0, 'free'],
  http_502_after: [[502, 'Bad Gateway'], 3, 'spent'],
  http_503_before: [[503, 'Service Unavailable'], 0, 'free'],
  http_503_after: [[503, 'Service Unavailable'], 3, 'spent'],
  http_429: [[429, 'Too Many Requests'], 0, 'free'],
  http_429_retry_after: [[429, 'Too Many Requests'], 0, 'free'],
  half: [[201, 'half'], 3, 'spent'],
  html_before: [[200, 'Please sign in'], 0, 'free'],
  html_after: [[200, 'Welcome'], 3, 'spent'],
  line_missing: [[201, ['None', 3, 2]], 3, 'spent'],
  phone_twice: [[201, ['None', 3, 4]], 3, 'spent'],
  contradicting: [[201, ['None', 3, 4]], 3, 'spent'],
  text_before: [[201, ['Try again on Monday', 0, 0]], 0, 'spent'],
  text_after: [[201, ['Try again on Monday', 0, 0]], 3, 'spent'],
  balance: [[201, ['Your wallet has run dry', 0, 0]], 0, 'spent'],
  wallet_currency: [[201, ['None', 3, 3]], 3, 'spent'],
  duplicate_lie: [[201, [DUPLICATE, 0, 0]], 0, 'spent'],
  part_cut: [['cut'], NaN, 'free'],
  part_die: [['hung'], NaN, 'free'],
  late: [['cut'], 3, 'spent'],
};

describe('the table of faults', () => {
  it('is the one that the README shows, and that is tested here', () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
    const section = /^## Faults by seed$(.*?)^## /ms.exec(readme)?.[1] ?? '';
    const shown = [...section.matchAll(/^\| `([a-z0-9_]+)` /gm)].map(([, name]) => name);
    const names = FAULTS.map(({ name }) => name);
    expect(shown).toEqual(names);
    expect(Object.keys(CASES)).toEqual(names);
  });
});

describe('a fault', () => {
  it.each(FAULTS)('$name', async ({ name }) => {
    const [sees, credited, key] = CASES[name] ?? [[], 0, 'free'];
    const kept = new Set<string>();
    // By the seed the key counts or does not: seven more seeds show both.
    const seeds = key === 'either' ? ['1', '2', '3', '4', '5', '6', '7', '8'] : ['1'];
    for (const FAULT_SEED of seeds) {
      const made = await bench({ ...EVERY(name), FAULT_SEED, LATE_MS: '0' });
      const { client } = made;
      expect(await seen(client, PHONES, 'a')).toEqual(sees);
      const [lie, ...more] = await client.lies();
      expect(more).toEqual([]);
      expect(lie).toMatchObject({
        order: 1,
        requestNumber: 1,
        at: '2026-01-31T09:00:00.000Z',
        key: 'a',
        phones: PHONES,
        fault: name,
        truthful: name === 'wallet_currency',
      });
      if (name.startsWith('part')) expect([1, 2]).toContain(lie?.credited);
      else expect(lie?.credited).toBe(credited);
      await eventually(async () => (await client.summary()).credits === lie?.credited);
      expect((await client.summary()).lies).toEqual({ [name]: 1 });
      expect(made.died).toBe(name === 'part_die');
      kept.add(await keyOf(made));
    }
    expect([...kept].toSorted()).toEqual(key === 'either' ? ['free', 'spent'] : [key]);
  });

  it('is met by nobody where none is set, and nothing is counted', async () => {
    const { client } = await bench();
    await client.send([to(PLAIN)], 'a');
    expect(await client.control('lies')).toEqual({ entries: [], next: null });
    expect(await client.summary()).toMatchObject({ lies: {} });
  });

  it('turns away with the seconds to wait, or without', async () => {
    const made = await bench({ ...EVERY('http_429_retry_after'), RETRY_AFTER_SECONDS: '7' });
    expect((await made.client.raw([to(PLAIN)])).headers.get('retry-after')).toBe('7');
    await made.client.control('settings', EVERY('http_429'));
    expect((await made.client.raw([to(PLAIN)])).headers.has('retry-after')).toBe(false);
  });

  it('leaves a request with a magic phone to the magic', async () => {
    const { client } = await bench(EVERY('cut_after'));
    expect((await client.raw([to(PLAIN), to('+254711009921')])).status).toBe(500);
    expect(await client.lies()).toEqual([]);
  });

  it('meets a request of which one line is magic, and does to it what it asks for', async () => {
    const { client } = await bench(EVERY('line_missing'));
    const answer = await client.send([to('+254711009901'), to(PLAIN)]);
    expect(answer).toMatchObject({ numSent: 1, responses: [{ status: 'Failed' }] });
    expect(await client.lies()).toMatchObject([{ credited: 1, truthful: false }]);
  });

  it('is no lie where it found nothing to spoil', async () => {
    const { client } = await bench(EVERY('line_missing'));
    const answer = await client.send([to('+254711009901')]);
    expect(answer).toMatchObject({ numSent: 0, responses: [{ status: 'Failed' }] });
    expect(await client.lies()).toMatchObject([{ credited: 0, truthful: true }]);
  });

  it('suppresses what a duplicate is told as well', async () => {
    const { client } = await bench();
    await client.send([to(PLAIN)], 'a');
    await client.control('settings', EVERY('http_502_after'));
    expect((await client.raw([to(PLAIN)], 'a')).status).toBe(502);
    expect(await client.lies()).toMatchObject([{ key: 'a', credited: 0, truthful: false }]);
    expect(await client.creditsOf(PLAIN)).toHaveLength(1);
  });

  it('shows the totals in a foreign currency, and the lines as they are', async () => {
    const { client } = await bench({ ...EVERY('wallet_currency'), WALLET_CURRENCY: 'KES' });
    const answer = await client.send([to(PLAIN)]);
    expect(answer.totalAmount).toBe('USD 0.9886');
    expect(answer.responses).toMatchObject([{ amount: 'KES 100.0000', status: 'Sent' }]);
  });

  it('calls a phone Sent and Failed in one answer, or names it twice, or not at all', async () => {
    const statuses = async (name: string) => {
      const { client } = await bench(EVERY(name));
      const { responses } = await client.send([to(PLAIN)]);
      return responses.map(({ status, requestId }) => [status, requestId === 'None']);
    };
    expect(await statuses('line_missing')).toEqual([]);
    expect(await statuses('phone_twice')).toEqual([
      ['Sent', false],
      ['Sent', false],
    ]);
    expect(await statuses('contradicting')).toEqual([
      ['Sent', false],
      ['Failed', true],
    ]);
  });

  it('credits the one line of a request that it cuts half-way, and its key pays again', async () => {
    const { client } = await bench(EVERY('part_cut'));
    expect(await seen(client, [PLAIN], 'a')).toEqual(['cut']);
    await client.control('settings', { FAULTS: '' });
    expect(await client.send([to(PLAIN)], 'a')).toMatchObject({ numSent: 1 });
    expect((await client.creditsOf(PLAIN)).map(({ key }) => key)).toEqual(['a', 'a']);
  });

  it('credits late under the number of the request, at the time when it does', async () => {
    const made = await bench({ ...EVERY('late'), LATE_MS: '300' });
    expect(await seen(made.client, [PLAIN], 'a')).toEqual(['cut']);
    made.clockMs += 60_000;
    await made.client.control('settings', { FAULTS: '' });
    const [entry] = await eventually(async () => {
      const entries = await made.client.creditsOf(PLAIN);
      return entries.length > 0 && entries;
    });
    expect(entry).toMatchObject({ key: 'a', requestNumber: 1, at: '2026-01-31T09:01:00.000Z' });
    expect(await made.client.send([to(PLAIN)], 'a')).toEqual(refusal(DUPLICATE));
  });

  it('is forgotten at a reset, with what was put off', async () => {
    const { client } = await bench({ ...EVERY('late'), LATE_MS: '20' });
    await seen(client, [PLAIN], 'a');
    await client.control('reset', {});
    await client.control('settings', { FAULTS: 'late:10000', LATE_MS: 40 });
    await client.raw([to(OTHER)], 'b').catch(() => undefined);
    await eventually(async () => (await client.creditsOf(OTHER)).length === 1);
    expect(await client.creditsOf(PLAIN)).toEqual([]);
    expect(await client.lies()).toMatchObject([{ order: 1, key: 'b' }]);
  });
});

it('pages the lies', async () => {
  const { client } = await bench(EVERY('http_503_before'));
  for (const key of ['a', 'b', 'c']) await client.raw([to(PLAIN)], key);
  expect(await client.control('lies?limit=2')).toMatchObject({
    entries: [
      { order: 1, key: 'a' },
      { order: 2, key: 'b' },
    ],
    next: 2,
  });
  expect(await client.control('lies?after=2&limit=2')).toMatchObject({
    entries: [{ order: 3, key: 'c' }],
    next: null,
  });
});

it.each(['nothing:1', 'cut_after', 'cut_after:6000,late:6000'])(
  'refuses FAULTS %s',
  async (text) => {
    const { client } = await bench();
    expect(await client.control('settings', { FAULTS: text })).toEqual({
      error: expect.stringContaining('FAULTS'),
    });
  },
);

/** Whether a second send of the key is refused, now that nothing goes wrong. */
async function keyOf({ client }: Bench): Promise<'spent' | 'free'> {
  await client.control('settings', { FAULTS: '' });
  const again = await client.send([to('+254711000009')], 'a');
  return again.numSent === 0 ? 'spent' : 'free';
}
