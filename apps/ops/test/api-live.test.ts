import { raiseAlarms } from '@salio/ledger';
import { eventually } from '@salio/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, releaseOf, type Caller } from './support/api-world.ts';

const world = await openApiWorld();
afterAll(() => world[Symbol.asyncDispose]());

let operator: Caller;
let submitter: Caller;
beforeAll(async () => {
  operator = await world.newcomer('operator');
  submitter = await world.newcomer('submitter');
});

interface Told {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const opened: AbortController[] = [];
afterEach(() => {
  for (const stream of opened.splice(0)) stream.abort();
});

/** Opens a stream; what it tells comes into the list. */
async function listen(query: string, caller = operator): Promise<{ told: Told[]; type: string }> {
  const stop = new AbortController();
  opened.push(stop);
  const response = await fetch(`${world.url}/v1/events?${query}`, {
    headers: { authorization: `Bearer ${caller.key}` },
    signal: stop.signal,
  });
  expect(response.status).toBe(200);
  const told: Told[] = [];
  void collect(response, told).catch(() => undefined);
  return { told, type: response.headers.get('content-type') ?? '' };
}

async function collect(response: Response, told: Told[]): Promise<void> {
  let text = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (event !== undefined && data !== undefined) told.push({ event, data: JSON.parse(data) });
    }
  }
}

const standing = [
  { kind: 'account_stopped' as const, subject: 'account:live', detail: 'http_401' },
];

describe('the stream of events', () => {
  it('has a batch as it is, and again whenever it changes', async () => {
    const { batchId } = await world.newBatch();
    const { told, type } = await listen(`batch=${batchId}`);
    expect(type).toContain('text/event-stream');
    await eventually(() => told.length > 0);
    expect(told[0]).toMatchObject({ event: 'batch', data: { batchId, state: 'checked' } });
    await operator.post(`batches/${batchId}/release`, await releaseOf(operator, batchId));
    await eventually(() => told.some(({ data }) => data['state'] === 'released'));
    expect(told.at(-1)?.data).toMatchObject({ states: { queued: 2 } });
    expect(told).toHaveLength(2);
  });

  it('tells of alarms that stand, and that they are over', async () => {
    const raise = (list: typeof standing) =>
      raiseAlarms(world.owner, {
        standing: list,
        unjudged: [],
        lookedAt: new Date().toISOString(),
      });
    await raise(standing);
    const { told } = await listen('alarms=true');
    await eventually(() => told.length > 0);
    expect(told[0]).toMatchObject({
      event: 'alarm',
      data: { kind: 'account_stopped', subject: 'account:live', severity: 'page' },
    });
    expect((await operator.get('alarms?open=true')).body['alarms']).toEqual([
      expect.objectContaining({ kind: 'account_stopped' }),
    ]);
    await raise([]);
    await eventually(() => told.some(({ data }) => data['clearedAt'] !== undefined));
    expect((await operator.get('alarms?open=true')).body['alarms']).toEqual([]);
    expect((await operator.get('alarms')).body['alarms']).toHaveLength(1);
  });

  it.each([
    ['nothing', '', 400],
    ['a batch that is not there', 'batch=none', 404],
    ['too many', `batch=${Array.from({ length: 51 }, (_, index) => `b${index}`).join(',')}`, 400],
    ['a field that there is not', 'alarms=true&surprise=1', 400],
  ])('is refused for %s', async (_name, query, status) => {
    expect((await operator.get(`events?${query}`)).status).toBe(status);
  });

  it('has nothing of others for a submitter, and no alarms', async () => {
    const { batchId } = await world.newBatch();
    expect((await submitter.get(`events?batch=${batchId}`)).status).toBe(404);
    expect((await submitter.get('events?alarms=true')).status).toBe(403);
  });
});

describe('the figures', () => {
  it('are read by who may read everything, in the form of Prometheus', async () => {
    const ask = (key: string) =>
      fetch(`${world.url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
    expect((await ask('nobody')).status).toBe(401);
    expect((await ask(submitter.key)).status).toBe(403);
    const response = await ask(operator.key);
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    for (const part of [
      'salio_figures_readable{part="ledger"} 1',
      'salio_open_lines{state="queued"} 2',
      'salio_unresolved_lines 0',
      'salio_batches{state="checked"}',
      'salio_api_request_seconds_count{method="POST",route="/v1/batches/:batch/release",status="200"} 1',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain(operator.key);
  });
});
