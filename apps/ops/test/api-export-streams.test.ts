import { eventually } from '@salio/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, type ApiWorld, type Caller } from './support/api-world.ts';

const world = await openApiWorld({ limits: { exports: 2, exportStallMs: 1_000 } });
afterAll(() => world[Symbol.asyncDispose]());

/** Some 130 MB as a file: no buffer between server and client holds a tenth of it. */
const LINES = 50_000;
let operator: Caller;
let batchId = '';

/** A batch of so many lines with long notes. */
async function largeBatch(on: ApiWorld, lines: number): Promise<string> {
  const batch = await on.newBatch({ lines: 1 });
  await on.owner.pool.query(
    `WITH mine AS (SELECT batch_no FROM batches WHERE id = $1), numbers AS (SELECT generate_series(2, $2::int) AS seq), notes AS (
       INSERT INTO recipients (batch_no, seq, msisdn, note)
       SELECT batch_no, seq, '+254711000001', repeat('x', 2500) FROM mine, numbers
     )
     INSERT INTO lines (batch_no, seq, amount, currency) SELECT batch_no, seq, 1000000, 'KES' FROM mine, numbers`,
    [batch.batchId, lines],
  );
  return batch.batchId;
}

beforeAll(async () => {
  operator = await world.newcomer('operator');
  batchId = await largeBatch(world, LINES);
});

const opened: AbortController[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.abort();
});

/** Asks for all of it, and reads nothing yet. */
async function ask(query = ''): Promise<{ response: Response; stop: AbortController }> {
  const stop = new AbortController();
  opened.push(stop);
  const response = await fetch(`${world.url}/v1/exports/lines?batch=${batchId}${query}`, {
    headers: { authorization: `Bearer ${operator.key}` },
    signal: stop.signal,
  });
  return { response, stop };
}

async function countLines(response: Response): Promise<number> {
  let lines = 0;
  // safe because a response to GET has a body of bytes
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    for (const byte of piece) if (byte === 0x0a) lines += 1;
  }
  return lines;
}

const ends = async () => {
  const { rows } = await world.owner.pool.query<{ rows: number; whole: boolean }>(
    `SELECT (detail->>'rows')::int AS rows, (detail->>'whole')::boolean AS whole FROM operator_actions
     WHERE verb = 'export.end' ORDER BY id`,
  );
  return rows;
};

describe('a large file', () => {
  it('arrives whole', async () => {
    const { response } = await ask();
    expect(await countLines(response)).toBe(LINES + 1);
  });

  it('is read as fast as it is taken: of a reader that takes nothing little is read, and it is cut off', async () => {
    const { response } = await ask('&phones=true');
    expect(response.status).toBe(200);
    await eventually(async () => (await ends()).length === 1);
    const [end] = await ends();
    expect(end?.whole).toBe(false);
    expect(end?.rows).toBeLessThan(LINES / 5);
    await expect(countLines(response)).rejects.toThrow('terminated');
  });

  it('that can not be read to its end breaks the connection', async () => {
    const { response } = await ask();
    await world.owner.pool.query('REVOKE SELECT ON lines FROM salio_ops');
    try {
      await expect(countLines(response)).rejects.toThrow('terminated');
    } finally {
      await world.owner.pool.query('GRANT SELECT ON lines TO salio_ops');
    }
  });

  it('is not begun while as many are written as may be; who goes away frees his place', async () => {
    const first = await ask();
    const second = await ask();
    expect([first.response.status, second.response.status]).toEqual([200, 200]);
    const third = await ask();
    expect(third.response.status).toBe(503);
    expect(await third.response.json()).toMatchObject({ code: 'unavailable' });
    first.stop.abort();
    await eventually(async () => {
      const next = await ask();
      next.stop.abort();
      return next.response.status === 200;
    });
  });
});

it('a file that is being written does not keep the API from stopping', async () => {
  const stopping = await openApiWorld();
  const caller = await stopping.newcomer('operator');
  await largeBatch(stopping, 20_000);
  const response = await fetch(`${stopping.url}/v1/exports/lines`, {
    headers: { authorization: `Bearer ${caller.key}` },
  });
  expect(response.status).toBe(200);
  await stopping[Symbol.asyncDispose]();
  await expect(countLines(response)).rejects.toThrow('terminated');
});
