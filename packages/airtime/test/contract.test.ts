import { randomBytes } from 'node:crypto';
import { fold, formatMoney } from '@salio/domain';
import { createAfricasTalking, DEFAULT_HTTP, type AirtimeProvider } from '@salio/airtime';
import { SCENARIOS, simulatorSettings, startSimulator, type RunningServer } from '@salio/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeContract, transmit, type Place } from './contract-cases.ts';
import { MISBEHAVIOURS } from './misbehaviour-cases.ts';
import { line } from './provider-fixture.ts';

const USERNAME = 'sandbox';
const API_KEY = 'atsk_simulator_0123456789';

/** The simulator's clock: what a line becomes follows it. */
let nowMs = Date.now();
let simulator: RunningServer;
let place: Place;
/** Gives up soon, for answers that never come. */
let impatient: AirtimeProvider;

beforeAll(async () => {
  const settings = simulatorSettings({
    PORT: '0',
    AIRTIME_USERNAME: USERNAME,
    AIRTIME_API_KEY: API_KEY,
  });
  const quiet: unknown = { info: () => undefined };
  // safe because the simulator itself logs nothing but that it started
  simulator = await startSimulator(settings, quiet as Parameters<typeof startSimulator>[1], {
    now: () => nowMs,
    randomBytes,
  });
  const http = {
    ...DEFAULT_HTTP,
    username: USERNAME,
    apiKey: API_KEY,
    baseUrl: new URL(simulator.url),
  };
  let phones = 0;
  impatient = createAfricasTalking({ ...http, requestTimeoutMs: 200 });
  place = {
    provider: createAfricasTalking(http),
    stranger: createAfricasTalking({ ...http, apiKey: 'atsk_nobody' }),
    freshPhone: () => {
      phones += 1;
      return `+25471${String(phones).padStart(7, '0')}`;
    },
  };
});

afterAll(async () => {
  await Promise.all([place.provider.close(), place.stranger.close(), impatient.close()]);
  await simulator[Symbol.asyncDispose]();
});

describeContract(() => place);

describe('a simulator that misbehaves', () => {
  it.each(MISBEHAVIOURS)('$digits $does: $ends', async ({ digits, ends, oddities = [] }) => {
    // A credit before this one, whose id can be repeated.
    await transmit(place.provider, [line(place.freshPhone())]);
    const asked = line(`+25472200${digits}`);
    const provider = ends.endsWith('timeout') ? impatient : place.provider;
    const result = await transmit(provider, [asked]);
    expect(result.endings).toEqual([ends]);
    expect(result.oddities).toEqual(oddities);

    const credits = await creditsOf(asked.msisdn);
    if (ends.startsWith('refused')) expect(credits).toEqual([]);
    if (ends === 'accepted') expect(credits).toHaveLength(1);
  });

  it('does in this table all that it can', () => {
    expect(MISBEHAVIOURS.map(({ digits }) => digits).toSorted()).toEqual(
      SCENARIOS.map(({ ending }) => ending).toSorted(),
    );
  });

  it('to one line leaves the others of the request what they are', async () => {
    const plain = line(place.freshPhone());
    const asked = [line('+254733009906'), plain, line('+254733009901'), line('+254733009904')];
    const { endings, oddities } = await transmit(place.provider, asked);
    // The count no longer fits, so nobody is called refused.
    expect(endings).toEqual([
      'unknown unrecognised',
      'accepted',
      'unknown count_differs',
      'accepted',
    ]);
    expect(oddities).toEqual(['count_differs']);
  });

  it('pays half, and the amount that it says is the one that was paid', async () => {
    const asked = line('+254744009913', '100');
    const { lines } = await transmit(place.provider, [asked]);
    const [first] = lines;
    const told = first?.ending.kind === 'accepted' ? first.ending.amount : undefined;
    expect(told && formatMoney(told)).toBe('KES 50.0000');
  });
});

describe('an enquiry, as time goes by (contract 3.1, 4.1)', () => {
  it.each([
    ['+254766000001', 'Success'],
    ['+254766009908', 'Failed'],
  ])('about %s ends with %s', async (phone, final) => {
    const { lines } = await transmit(place.provider, [line(phone)]);
    const [first] = lines;
    const requestId = first?.ending.kind === 'accepted' ? first.ending.requestId : '';
    const statuses: string[] = [];
    for (const passedMs of [0, 2_000, 10_000]) {
      nowMs += passedMs;
      statuses.push((await place.provider.enquire(requestId)).status);
    }
    expect(statuses).toEqual(['Queued', 'Sent', final]);
  });
});

describe('a replay', () => {
  it.each(['9917', '9920', '9927'])(
    'of a request that was paid and whose answer was lost (%s) is unresolved, and pays nothing more',
    async (digits) => {
      const asked = line(`+25475500${digits}`);
      const idempotencyKey = `replay-of-${digits}`;
      const first = await transmit(place.provider, [asked], { idempotencyKey });
      const second = await transmit(place.provider, [asked], { idempotencyKey });
      expect(first.endings[0]).toMatch(/^unknown/);
      const endings = [first, second].flatMap(({ lines }) => lines.map(({ ending }) => ending));
      expect(fold(endings)).toEqual({ kind: 'unresolved' });
      expect(await creditsOf(asked.msisdn)).toHaveLength(1);
    },
  );
});

async function creditsOf(phone: string): Promise<unknown[]> {
  const url = `${simulator.url}/simulator/book/phone?phone=${encodeURIComponent(phone)}`;
  const body: unknown = await (await fetch(url)).json();
  if (typeof body === 'object' && body && 'entries' in body && Array.isArray(body.entries)) {
    return body.entries;
  }
  throw new Error(`the simulator answered ${JSON.stringify(body)}`);
}
