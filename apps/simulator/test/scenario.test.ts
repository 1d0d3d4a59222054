import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Scenario, SCENARIOS } from '@salio/simulator';
import { describe, expect, it } from 'vitest';
import { bench, PLAIN, to } from './fixture.ts';
import { seen } from './seen.ts';

const phoneOf = (scenario: Scenario) => `+25471100${scenario.ending}`;
const forLines = SCENARIOS.filter((scenario) => scenario.scope === 'line');
const forRequests = SCENARIOS.filter((scenario) => scenario.scope === 'request');

describe('the table', () => {
  it('has each ending once, all of them between 9900 and 9999', () => {
    const endings = SCENARIOS.map((scenario) => scenario.ending);
    expect(new Set(endings).size).toBe(endings.length);
    for (const ending of endings) expect(ending).toMatch(/^99\d\d$/);
  });

  it('is the one that the README shows', () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
    const shown = [...readme.matchAll(/\| (99\d\d)\b/g)].map(([, ending]) => ending);
    expect(new Set(shown)).toEqual(new Set(SCENARIOS.map((scenario) => scenario.ending)));
  });
});

describe('a scenario of one line', () => {
  it.each(forLines)('$ending: $name', async (scenario) => {
    const { client } = await bench({ ANSWER_ORDER: 'request' });
    const before = await client.send([to(PLAIN)]);
    const phone = phoneOf(scenario);
    const answer = await client.send([to(phone), to('+254711000002')]);
    expect(answer.responses.at(-1)).toMatchObject({ phoneNumber: '+254711000002', status: 'Sent' });
    const lines = answer.responses.slice(0, -1);
    const credits = await client.creditsOf(phone);
    expect({
      lines: lines.map((line) => ({
        status: line.status,
        text: line.errorMessage,
        amount: line.amount,
        id: idKind(line.requestId, before.responses[0]?.requestId, credits[0]?.requestId),
      })),
      credits: credits.map((entry) => [entry.tenThousandths, entry.credited]),
    }).toEqual(LINES[scenario.ending]);
  });

  it('tells by enquiry that the telco failed later', async () => {
    const made = await bench();
    const answer = await made.client.send([to('+254711009908')]);
    made.clockMs += 60_000;
    const [line] = answer.responses;
    expect(await made.client.statusOf(line?.requestId ?? '')).toEqual({ status: 'Failed' });
    expect(await made.client.summary()).toMatchObject({ credits: 0, failedByTelco: 1, sums: {} });
  });

  it('does nothing where magic is off', async () => {
    const { client } = await bench({ MAGIC: 'false' });
    expect(await client.send([to('+254711009901')])).toMatchObject({ numSent: 1 });
    expect(await client.send([to('+254711009917')])).toMatchObject({ numSent: 1 });
  });

  it('leaves all phones outside 9900 to 9999 alone', async () => {
    const { client } = await bench();
    for (const ending of ['0000', '9899', '9900', '9914', '9999']) {
      expect(await client.send([to(`+25471100${ending}`)])).toMatchObject({
        numSent: 1,
        responses: [{ status: 'Sent' }],
      });
    }
  });
});

describe('a scenario of a whole request', () => {
  it.each(forRequests)('$ending: $name', async (scenario) => {
    const { ending } = scenario;
    const { client } = await bench({ ANSWER_ORDER: 'request' });
    const phones = [PLAIN, phoneOf(scenario)];
    expect(await seen(client, phones)).toEqual(REQUESTS[ending]);
    const credited = scenario.reaches === 'credited' ? 1 : 0;
    for (const phone of phones) expect(await client.creditsOf(phone)).toHaveLength(credited);
    const { requests } = await client.control<{ requests: object[] }>('requests');
    expect(requests).toMatchObject([{ scenario: ending, recipients: 2, accepted: 2 * credited }]);
  });

  it('is decided by the first recipient that asks for one', async () => {
    const { client } = await bench();
    const both = [to('+254711009932'), to('+254711009921')];
    expect(await client.send(both)).toMatchObject({ status: 201, numSent: 0 });
    expect(await client.raw(both.toReversed())).toMatchObject({ status: 500 });
  });

  it('tells the truth to a second send of the same key', async () => {
    const { client } = await bench();
    expect((await client.raw([to('+254711009920')], 'a')).status).toBe(500);
    expect(await client.send([to('+254711009920')], 'a')).toMatchObject({
      status: 201,
      errorMessage: 'A duplicate request was received within the last 5 minutes',
    });
  });

  it.each([
    ['turned away', '+254711009926', 1],
    ['received', '+254711009921', 0],
  ])('%s: a later send of the same key credits %s %i times', async (_, phone, credits) => {
    const { client } = await bench();
    await client.raw([to(phone)], 'a');
    await client.control('settings', { MAGIC: false });
    expect((await client.send([to(phone)], 'a')).numSent).toBe(credits);
  });
});

function idKind(id: string, previous: string | undefined, own: string | undefined): string {
  if (id === 'None') return 'None';
  if (id === previous) return 'previous';
  return id === own ? 'own' : 'invented';
}

const SENT = { status: 'Sent', text: 'None', amount: 'KES 100.0000', id: 'own' };
const FAILED = { ...SENT, status: 'Failed', id: 'None', text: 'Value Outside The Allowed Limits' };
const CREDITED = [['1000000', true]];

const LINES: Readonly<Record<string, object>> = {
  9901: { lines: [FAILED], credits: [] },
  9902: { lines: [{ ...FAILED, text: 'Invalid phone number' }], credits: [] },
  9903: { lines: [{ ...FAILED, text: 'Subscriber is dormant' }], credits: [] },
  9904: { lines: [{ ...SENT, status: 'Dispatched' }], credits: CREDITED },
  9905: { lines: [{ ...SENT, status: 'Queued' }], credits: CREDITED },
  9906: {
    lines: [{ ...SENT, status: 'Failed', text: 'Subscriber is dormant' }],
    credits: CREDITED,
  },
  9907: { lines: [{ ...SENT, id: 'None' }], credits: CREDITED },
  9908: { lines: [SENT], credits: [['1000000', false]] },
  9909: { lines: [], credits: CREDITED },
  9910: { lines: [SENT, SENT], credits: CREDITED },
  9911: { lines: [SENT, FAILED], credits: CREDITED },
  9912: { lines: [{ ...SENT, id: 'previous' }], credits: CREDITED },
  9913: { lines: [{ ...SENT, amount: 'KES 50.0000' }], credits: [['500000', true]] },
  // What these ask for is done to notifications and validations: notify.test.ts, validate.test.ts.
  ...Object.fromEntries(
    [...Array(13).keys()].map((number) => [9940 + number, { lines: [SENT], credits: CREDITED }]),
  ),
  9946: { lines: [SENT], credits: [['1000000', false]] },
  9947: { lines: [SENT], credits: [['1000000', false]] },
};

const DUPLICATE = 'A duplicate request was received within the last 5 minutes';
const INTERNAL = 'There was an internal server error.';

const REQUESTS: Readonly<Record<string, readonly unknown[]>> = {
  9915: ['hung'],
  9916: ['hung'],
  9917: ['cut'],
  9918: ['cut'],
  9919: [201, 'half'],
  9920: [500, INTERNAL],
  9921: [500, INTERNAL],
  9922: [502, 'Bad Gateway'],
  9923: [502, 'Bad Gateway'],
  9924: [503, 'Service Unavailable'],
  9925: [503, 'Service Unavailable'],
  9926: [429, 'Too Many Requests'],
  9927: [200, 'Welcome'],
  9928: [200, 'Please sign in'],
  9929: [201, '{"ok":true}'],
  9930: [202, ['None', 2, 2]],
  9931: [201, ['None', 0, 2]],
  9932: [201, ['Airtime is not enabled for this account', 0, 0]],
  9933: [201, ['Request is over the trial limit. Submit your KYC to remove limit', 0, 0]],
  9934: [201, [DUPLICATE, 0, 0]],
  9935: [201, [DUPLICATE, 0, 0]],
  9936: [201, ['Try again on Monday', 0, 0]],
  9937: [201, ['Try again on Monday', 0, 0]],
  9938: [401, 'The supplied authentication is invalid'],
  9939: [307, 'Temporary Redirect'],
};
