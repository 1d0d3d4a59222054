import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_TARIFFS, parseSumLimits } from '@salio/domain';
import { openApiWorld, releaseOf, type Caller } from './support/api-world.ts';
import { csvOf, rowsOf, sendFile } from './support/send-file.ts';

const intake = { tariffs: DEFAULT_TARIFFS, chunkLines: 500 };
const world = await openApiWorld();
afterAll(() => world[Symbol.asyncDispose]());

let [operator, approver, submitter]: Caller[] = [];
let source = '';
beforeAll(async () => {
  operator = await world.newcomer('operator');
  approver = await world.newcomer('approver');
  submitter = await world.newcomer('submitter');
  source = String((await submitter.get('me')).body['source']);
});

/** Somebody of them; beforeAll has made all. */
function one(caller: Caller | undefined): Caller {
  if (!caller) throw new Error('nobody is there yet');
  return caller;
}

let names = 0;
const name = () => `submitted-${(names += 1)}`;

/** What is left of submissions under a name. */
async function left(clientReference: string): Promise<unknown[]> {
  const { rows } = await world.owner.pool.query<Record<string, unknown>>(
    'SELECT state FROM batches WHERE client_reference = $1',
    [clientReference],
  );
  return rows;
}

describe('a batch as JSON', () => {
  it('is checked, and answered with what became of it and with its maker on record', async () => {
    const clientReference = name();
    const rows = [...rowsOf(3), { phone: '12', amount: '100', currency: 'KES' }];
    const done = await one(submitter).post('batches', { clientReference, rows });
    expect(done).toMatchObject({
      status: 201,
      body: { verdict: 'accepted', state: 'checked', source, rows: 4, lines: 3, rejected: 1 },
    });
    expect(done.body).toMatchObject({
      sums: ['KES 300.0000'],
      rejections: [{ row: 4, reason: 'phone_invalid', column: 'phone' }],
    });
    const actions = await world.actions(String(done.body['batchId']));
    expect(actions).toMatchObject([
      {
        operator: one(submitter).name,
        verb: 'batch.submit',
        detail: {
          verdict: 'accepted',
          lines: 3,
          sums: ['KES 300.0000'],
          contentHash: done.body['contentHash'],
          access: { via: 'api', key: one(submitter).prefix },
        },
      },
    ]);
  });

  it('is the same batch again, and as a file, and another one with other rows', async () => {
    const clientReference = name();
    const rows = rowsOf(1_200);
    const first = await one(submitter).post('batches', { clientReference, rows });
    const again = await one(submitter).post('batches', { clientReference, rows });
    const asFile = await sendFile(world, one(submitter), { clientReference }, csvOf(rows));
    for (const { status, body } of [again, asFile]) {
      const { batchId, contentHash } = first.body;
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { verdict: 'same', batchId, contentHash, lines: 1_200 },
      });
    }
    const other = await one(submitter).post('batches', { clientReference, rows: rowsOf(1) });
    expect(other).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const verbs = (await world.actions(String(first.body['batchId']))).map(({ verb }) => verb);
    expect(verbs).toEqual(['batch.submit', 'batch.submit', 'batch.submit', 'batch.submit_refused']);
  });

  it('is one batch where it comes twice at once', async () => {
    const clientReference = name();
    const rows = rowsOf(50);
    const ends = await Promise.all(
      [1, 2, 3].map(() => one(submitter).post('batches', { clientReference, rows })),
    );
    expect(ends.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 201]);
    expect(new Set(ends.map(({ body }) => body['batchId'])).size).toBe(1);
  });

  it('of the same name is another one of another source', async () => {
    const clientReference = name();
    const other = await world.newcomer('submitter');
    const ends = [
      await one(submitter).post('batches', { clientReference, rows: rowsOf(1) }),
      await other.post('batches', { clientReference, rows: rowsOf(1) }),
    ];
    expect(ends.map(({ status }) => status)).toEqual([201, 201]);
  });

  it('is refused where it is not what was expected, or has rejections that its terms do not allow', async () => {
    const bad = { phone: '12', amount: '100', currency: 'KES' };
    for (const [more, where] of [
      [{ expect: { rows: 3 } }, 'rows'],
      [{ expect: { sums: ['KES 1'] } }, 'control_sums'],
      [{ onRejections: 'refuse', rows: [...rowsOf(1), bad] }, 'row 2'],
      [{ expiresAt: '2026-01-01T00:00:00Z' }, 'expired'],
      [{ corrects: 'nothing' }, 'corrects_unknown'],
    ] as const) {
      const clientReference = name();
      const order = { clientReference, rows: rowsOf(2), ...more };
      const refused = await one(submitter).post('batches', order);
      expect(refused).toMatchObject({ status: 409, body: { code: 'batch_refused' } });
      expect(refused.body['errors']).toContainEqual(expect.objectContaining({ where }));
      const mended = await one(submitter).post('batches', { clientReference, rows: rowsOf(2) });
      expect(mended.status).toBe(201);
    }
  });

  it('is refused where the request is wrong, by field', async () => {
    const rows = rowsOf(1);
    for (const [body, where] of [
      [{ rows }, 'body.clientReference'],
      [{ clientReference: 'a\nb', rows }, 'body.clientReference'],
      [{ clientReference: 'x', rows: [] }, 'body.rows'],
      [
        { clientReference: 'x', rows: [{ phone: '+254712000001', amount: 100 }] },
        'body.rows.0.amount',
      ],
      [{ clientReference: 'x', rows, quietHours: 'at night' }, 'quietHours'],
      [{ clientReference: 'x', rows, country: 'XX' }, 'country'],
      [{ clientReference: 'x', rows, onRejections: 'pay' }, 'body.onRejections'],
    ] as const) {
      const refused = await one(submitter).post('batches', body);
      expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
      expect(refused.body['errors']).toContainEqual(expect.objectContaining({ where }));
    }
    expect(await left('x')).toEqual([]);
  });
});

describe('who submits', () => {
  it('is a submitter for its own source alone, or an operator who names one', async () => {
    const order = { clientReference: name(), rows: rowsOf(1) };
    const elsewhere = String((await (await world.newcomer('submitter')).get('me')).body['source']);
    const wrongSource = await one(submitter).post('batches', { ...order, source: elsewhere });
    expect(wrongSource).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const wrongRole = await one(approver).post('batches', { ...order, source });
    expect(wrongRole).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const unnamed = await one(operator).post('batches', order);
    expect(unnamed).toMatchObject({ status: 400, body: { errors: [{ where: 'source' }] } });
    const unknown = await one(operator).post('batches', { ...order, source: 'nobody' });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const named = await one(operator).post('batches', { ...order, source });
    expect(named).toMatchObject({ status: 201, body: { source } });
  });

  it('does not release above the limit, and another one does', async () => {
    const order = { clientReference: name(), source, rows: rowsOf(11) };
    const { body } = await one(operator).post('batches', order);
    const batchId = String(body['batchId']);
    const path = `batches/${batchId}/release`;
    const release = await releaseOf(one(operator), batchId);
    expect(await one(operator).post(path, release)).toMatchObject({
      status: 409,
      body: { code: 'second_person' },
    });
    expect((await one(approver).post(path, release)).status).toBe(200);
  });
});

describe('a dry run', () => {
  const dryRun = true;

  it('tells what would become of it, and leaves nothing behind', async () => {
    const clientReference = name();
    const [row] = rowsOf(1);
    const rows = [...rowsOf(10), row, row, { phone: '12', amount: '100', currency: 'KES' }];
    const told = await one(submitter).post('batches', { clientReference, dryRun, rows });
    expect(told).toMatchObject({
      status: 200,
      body: { verdict: 'accepted', rows: 13, lines: 11, rejected: 2, duplicates: 1 },
    });
    expect(told.body).toMatchObject({
      dryRun,
      sums: ['KES 1100.0000'],
      release: 'second_person',
      repeats: { lines: 0, batches: [] },
      discounts: [],
    });
    expect(told.body['batchId']).toBeUndefined();
    const { rows: batches } = await world.owner.pool.query(
      `SELECT 1 FROM batches WHERE client_reference LIKE 'dry run%'`,
    );
    expect([...batches, ...(await left(clientReference))]).toEqual([]);
    const real = await one(submitter).post('batches', { clientReference, rows });
    expect(real).toMatchObject({ status: 201, body: { contentHash: told.body['contentHash'] } });
  });

  it('says whether the name is taken, and what would be refused', async () => {
    const clientReference = name();
    const rows = rowsOf(2);
    await one(submitter).post('batches', { clientReference, rows });
    const verdict = async (order: Record<string, unknown>) =>
      (await one(submitter).post('batches', { clientReference, dryRun, ...order })).body['verdict'];
    expect(await verdict({ rows })).toBe('same');
    expect(await verdict({ rows: rowsOf(1) })).toBe('conflict');
    expect(await verdict({ clientReference: name(), rows: rowsOf(1), expect: { rows: 2 } })).toBe(
      'refused',
    );
    const bad = [...rowsOf(1), { phone: '12', amount: '100', currency: 'KES' }];
    const strict = { clientReference: name(), rows: bad, onRejections: 'refuse' };
    expect(await verdict(strict)).toBe('refused');
  });

  it('names repeats, but not batches of sources that one may not see', async () => {
    const other = await world.newcomer('submitter');
    const theirs = String((await other.get('me')).body['source']);
    await using near = await openApiWorld({
      desk: {
        repeatWithinMs: 3_600_000,
        intake: {
          ...intake,
          policy: { max: parseSumLimits('KES:500'), repeatsWithinMs: 3_600_000 },
        },
      },
    });
    expect(theirs).not.toBe(source);
    const [mine, yours] = [await near.newcomer('submitter'), await near.newcomer('submitter')];
    const rows = rowsOf(2);
    const released = await yours.post('batches', { clientReference: 'first', rows });
    expect(released).toMatchObject({ status: 201, body: { state: 'released' } });
    const told = await mine.post('batches', { clientReference: 'second', dryRun, rows });
    expect(told.body).toMatchObject({ repeats: { lines: 2, batches: [] }, release: 'one_person' });
    const fresh = await mine.post('batches', {
      clientReference: 'second',
      dryRun,
      rows: rowsOf(2),
    });
    expect(fresh.body).toMatchObject({ repeats: { lines: 0 }, release: 'policy' });
    const own = await yours.post('batches', { clientReference: 'third', dryRun, rows });
    expect(own.body).toMatchObject({
      repeats: { batches: [{ clientReference: 'first', lines: 2 }] },
    });
  });

  it('expects the discount that the provider gave lately', async () => {
    const { body } = await one(submitter).post('batches', {
      clientReference: name(),
      rows: rowsOf(4),
    });
    const batchId = String(body['batchId']);
    await one(approver).post(`batches/${batchId}/release`, await releaseOf(one(approver), batchId));
    await world.owner.pool.query(
      `UPDATE lines SET state = 'sent', discount = 40000 WHERE batch_no = (SELECT batch_no FROM batches WHERE id = $1)`,
      [batchId],
    );
    const told = await one(submitter).post('batches', {
      clientReference: name(),
      dryRun,
      rows: rowsOf(3),
    });
    expect(told.body['discounts']).toEqual(['KES 12.0000']);
  });
});
