import { listLines } from '@salio/ledger';
import { exports } from '@salio/operations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, type Caller, type NewBatch } from './support/api-world.ts';
import { sentBatch } from './support/sent-batch.ts';

const world = await openApiWorld();
afterAll(() => world[Symbol.asyncDispose]());

let auditor: Caller;
let batch: NewBatch;
let phone = '';
beforeAll(async () => {
  auditor = await world.newcomer('auditor');
  batch = await sentBatch(world, ['sent', 'refused', 'lost']);
  const [line] = await listLines(world.owner, { batchId: batch.batchId, limit: 1 });
  phone = line?.msisdn ?? '';
});

/** A file as it came: its rows by the names of the header. */
async function file(path: string, caller = auditor) {
  const response = await fetch(`${world.url}/v1/exports/${path}`, {
    headers: { authorization: `Bearer ${caller.key}` },
  });
  const text = await response.text();
  const [head = '', ...lines] = text.split('\r\n');
  const names = head.split(',');
  const rows = lines.slice(0, -1).map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, at) => [name, cells[at]]));
  });
  return { status: response.status, headers: response.headers, text, names, rows };
}

const exportActions = async () => {
  const { rows } = await world.owner.pool.query<Record<string, unknown>>(
    `SELECT operator, verb, subject, detail FROM operator_actions WHERE starts_with(verb, 'export.') ORDER BY id`,
  );
  return rows;
};

describe('a file of lines', () => {
  it('has a header and a row for each, with amounts as text and masked phones', async () => {
    const { status, headers, names, rows, text } = await file(
      `lines?batch=${batch.clientReference}`,
    );
    expect([status, headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^text\/csv/),
    ]);
    expect(names).toEqual(exports.lines.columns.map(({ name }) => name));
    expect(rows).toMatchObject([
      { batch_id: batch.batchId, line: '1', currency: 'KES', amount: '100.0000', state: 'sent' },
      { line: '2', state: 'failed', error_text: 'No luck' },
      { line: '3', state: 'unresolved' },
    ]);
    expect(rows[0]?.['phone']).toBe(`${phone.slice(0, 6)}•••${phone.slice(-3)}`);
    expect(text).not.toContain(phone.slice(1));
    expect(await exportActions()).toEqual([]);
  });

  it.each([
    ['state', () => `batch=${batch.batchId}&state=failed,unresolved`, ['2', '3']],
    ['phone', () => `phone=${encodeURIComponent(phone)}`, ['1']],
    ['source and time', () => `source=nobody&from=2020-01-01T00:00:00Z`, []],
    ['time', () => `batch=${batch.batchId}&to=2020-01-01T00:00:00Z`, []],
  ])('holds what fits: %s', async (_name, query, lines) => {
    expect((await file(`lines?${query()}`)).rows.map(({ line }) => line)).toEqual(lines);
  });

  it('disarms what a spreadsheet would carry out, and quotes what would part cells', async () => {
    const { batchId } = await world.newBatch({ lines: 2 });
    await world.owner.pool.query(
      `UPDATE recipients r SET note = '=HYPERLINK("http://x"),' || chr(10) || '+254711000001', reference = '-1'
       FROM batches b WHERE b.batch_no = r.batch_no AND b.id = $1 AND r.seq = 1`,
      [batchId],
    );
    const { text } = await file(`lines?batch=${batchId}`);
    expect(text).toContain(`"'=HYPERLINK(""http://x""),\n+25471•••001"`);
    expect(text).toContain(`,'-1,+2547`);
  });

  it('of all batches has every line once', async () => {
    const { rows } = await file('lines');
    const names = rows.map((row) => `${row['batch_id']} ${row['line']}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining([`${batch.batchId} 1`, `${batch.batchId} 3`]));
  });
});

describe('phones', () => {
  it('are shown to who asks and may see them, and that is written down with the filters and how many', async () => {
    const query = `phone=${encodeURIComponent(phone)}&phones=true`;
    const before = (await exportActions()).length;
    const { rows } = await file(`lines?${query}`);
    expect(rows).toMatchObject([{ phone }]);
    const actions = (await exportActions()).slice(before);
    const told = { operator: auditor.name, subject: 'lines' };
    expect(actions).toMatchObject([
      { ...told, verb: 'export.begin', detail: { phones: true } },
      { ...told, verb: 'export.end', detail: { rows: 1, whole: true } },
    ]);
    expect(actions[0]?.['detail']).toMatchObject({
      access: { via: 'api', key: auditor.prefix },
      filters: { phone: `${phone.slice(0, 6)}•••${phone.slice(-3)}` },
    });
    expect(JSON.stringify(actions)).not.toContain(phone.slice(1));
  });

  it('are not for an admin alone', async () => {
    const admin = await world.newcomer('admin');
    expect((await file('lines?phones=true', admin)).status).toBe(403);
    expect((await file('lines', admin)).status).toBe(200);
  });
});

describe('a submitter', () => {
  it('gets what is of its source alone', async () => {
    const submitter = await world.newcomer('submitter');
    expect((await file('lines', submitter)).rows).toEqual([]);
    expect((await file('attempts', submitter)).rows).toEqual([]);
    expect((await file('discrepancies', submitter)).rows).toEqual([]);
    expect((await file(`lines?batch=${batch.batchId}`, submitter)).status).toBe(404);
    const { rows } = await world.owner.pool.query<{ source: string }>(
      'SELECT source FROM people WHERE name = $1',
      [submitter.name],
    );
    await world.newBatch({ lines: 2, source: rows[0]?.source ?? '' });
    expect((await file('lines?source=other', submitter)).rows).toHaveLength(2);
  });
});

describe('a file of attempts', () => {
  it('has a row for every send', async () => {
    const { names, rows } = await file(`attempts?batch=${batch.batchId}`);
    expect(names).toEqual(exports.attempts.columns.map(({ name }) => name));
    expect(rows).toMatchObject([
      { line: '1', attempt: '1', send: '1', ending: 'accepted', http_status: '201' },
      { line: '2', ending: 'refused', scope: 'line' },
      { line: '3', ending: 'unknown', answer: 'lost' },
    ]);
    const doubtful = await file(`attempts?batch=${batch.batchId}&ending=unknown,unanswered`);
    expect(doubtful.rows.map(({ line }) => line)).toEqual(['3']);
  });
});

describe('a file of discrepancies', () => {
  it('has what somebody should know of, with phones in texts masked', async () => {
    await world.owner.pool.query(
      `INSERT INTO discrepancies (kind, batch_no, seq, detail)
       SELECT 'made_up', batch_no, 1, 'of +254711000001' FROM batches WHERE id = $1`,
      [batch.batchId],
    );
    const { names, rows } = await file(`discrepancies?batch=${batch.batchId}&kind=made_up`);
    expect(names).toEqual(exports.discrepancies.columns.map(({ name }) => name));
    expect(rows).toMatchObject([{ kind: 'made_up', line: '1', detail: 'of +25471•••001' }]);
  });
});

it.each([
  ['a state that there is not', 'lines?state=happy', 400],
  ['a phone that is none', 'lines?phone=hello', 400],
  ['a field that there is not', 'lines?format=xlsx', 400],
  ['phones that it has not', 'discrepancies?phones=true', 400],
  [
    'a period that nothing can be in',
    'lines?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    400,
  ],
  ['a batch that there is not', 'attempts?batch=none', 404],
])('is refused before there is a file: %s', async (_name, path, status) => {
  const { headers, ...refused } = await file(path);
  expect(refused.status).toBe(status);
  expect(headers.get('content-type')).toContain('application/problem+json');
});

it('takes a key', async () => {
  expect((await fetch(`${world.url}/v1/exports/lines`)).status).toBe(401);
});

describe('a file of postings', () => {
  it('has what moved the floats, which adds up to what there is', async () => {
    const { status, names, rows } = await file('postings');
    expect(status).toBe(200);
    expect(names).toEqual(exports.postings.columns.map(({ name }) => name));
    const kinds = rows.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['reserve', 'post', 'void']));
    const { body } = await auditor.get('floats?account=main');
    const { reserved, spent } = Object((body['floats'] as object[])[0]) as Record<string, string>; // safe because every float is an object of texts
    const sum = (name: string) =>
      rows.reduce((total, row) => total + Math.round(Number(row[name]) * 10_000), 0) / 10_000;
    expect([`KES ${sum('reserved').toFixed(4)}`, `KES ${sum('spent').toFixed(4)}`]).toEqual([
      reserved,
      spent,
    ]);
    const own = await file(`postings?batch=${batch.clientReference}&account=main`);
    expect(own.rows.every(({ batch_id: id }) => id === batch.batchId)).toBe(true);
    expect((await file('postings?account=other')).rows).toEqual([]);
  });

  it('is not for a submitter', async () => {
    const submitter = await world.newcomer('submitter');
    expect((await file('postings', submitter)).status).toBe(403);
  });
});
