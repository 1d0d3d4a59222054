import { DEFAULT_TARIFFS, timeReader } from '@salio/domain';
import { eventually } from '@salio/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import {
  Conflict,
  discardStatements,
  importStatement,
  listStatements,
  NotFound,
  readStatement,
  Unanswerable,
} from '../src/index.ts';
import { inputRows, OPERATOR } from './support/batches.ts';
import { newRequestId } from './support/sends.ts';
import { tell } from './support/news.ts';
import {
  acceptedBatch,
  applyAll,
  bringIn,
  foundBy,
  lostBatch,
  newAccount,
  phoneOf,
  refusalOf,
  row,
  statementOf,
  type Cells,
} from './support/statements.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const leftOf = (account: string) =>
  world.count(
    `SELECT count(*) FROM statement_rows r JOIN statement_imports i ON i.no = r.statement_no
     LEFT JOIN statements s ON s.no = i.no WHERE i.account = $1 AND s.no IS NULL`,
    [account],
  );

describe('a statement', () => {
  it('that lists every line as it is shows nothing, and says what it was', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account, { rows: inputRows(3) });
    await tell(world, ...batch.requestIds.map((requestId) => ({ requestId })));
    const rows = batch.requestIds.map((requestId, index) => ({
      requestId,
      phone: phoneOf(batch, index),
      discount: '4.0000',
    }));
    const done = await bringIn(world, account, rows);
    expect(done).toMatchObject({ again: false, account, rows: 3, operator: OPERATOR });
    expect(done.sums).toEqual([{ currency: 'KES', units: 3_000_000n }]);
    expect(done.counts).toEqual({
      matched: 3,
      candidates: 0,
      unpaid_without_id: 0,
      discrepancies: 0,
      evidence: 0,
    });
    const { again: _again, ...statement } = done;
    expect(await readStatement(world.ops, done.no)).toEqual(statement);
    expect(await listStatements(world.ops, { account, limit: 10 })).toEqual([statement]);
    const [action] = await world.select(
      `SELECT operator, detail->>'statement' AS no FROM operator_actions WHERE verb = 'statement.import' AND subject = $1`,
      [account],
    );
    expect(action).toEqual({ operator: OPERATOR, no: String(done.no) });
    await expect(readStatement(world.ops, 2_000_000)).rejects.toThrow(NotFound);
  });

  it('shows what is missing on either side, and what differs, each with its row and line', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account, { rows: inputRows(6) });
    const [amount = '', discount = '', status = '', phone = '', fine = ''] = batch.requestIds;
    await tell(world, ...batch.requestIds.map((requestId) => ({ requestId })));
    const unknown = newRequestId();
    const done = await bringIn(world, account, [
      { requestId: amount, amount: 'KES 90.0000' },
      { requestId: discount, discount: 'KES 3.5000' },
      { requestId: status, status: 'Failed' },
      { requestId: phone, phone: '+254712999999' },
      { requestId: fine, discount: 'KES 4.0000' },
      { requestId: unknown, phone: '+254712888888' },
      { requestId: 'None', phone: '+254712777777' },
      { requestId: 'None', phone: '+254712666666', status: 'Failed' },
    ]);
    const { batchNo: no } = batch;
    const name = (at: number, id: string) => `statement ${done.no} row ${at}: ${id}`;
    expect(await foundBy(world, done.no)).toEqual([
      {
        kind: 'statement_amount_differs',
        batch_no: no,
        seq: 1,
        row: 1,
        detail: `${name(1, amount)}, KES 90.0000`,
      },
      {
        kind: 'statement_discount_differs',
        batch_no: no,
        seq: 2,
        row: 2,
        detail: `${name(2, discount)}, discount KES 3.5000`,
      },
      {
        kind: 'statement_status_differs',
        batch_no: no,
        seq: 3,
        row: 3,
        detail: `${name(3, status)}, Failed where the line is succeeded`,
      },
      { kind: 'phone_differs', batch_no: no, seq: 4, row: 4, detail: phone },
      {
        kind: 'missing_in_ledger',
        batch_no: null,
        seq: null,
        row: 6,
        detail: `${name(6, unknown)}, KES 100.0000, Success`,
      },
      {
        kind: 'missing_in_ledger',
        batch_no: null,
        seq: null,
        row: 7,
        detail: `${name(7, 'no request id')}, KES 100.0000, Success`,
      },
      {
        kind: 'missing_at_provider',
        batch_no: no,
        seq: 6,
        row: null,
        detail: `statement ${done.no}: no row for ${batch.requestIds[5]}`,
      },
    ]);
    expect(done.counts).toMatchObject({
      matched: 5,
      unpaid_without_id: 1,
      missing_in_ledger: 2,
      missing_at_provider: 1,
      statement_amount_differs: 1,
      statement_discount_differs: 1,
      statement_status_differs: 1,
      phone_differs: 1,
      discrepancies: 7,
    });
  });

  it('misses only what its own account accepted in its period, and what cost something', async () => {
    const account = newAccount();
    const other = await acceptedBatch(world, newAccount());
    const lost = await lostBatch(world, account);
    const failed = await acceptedBatch(world, account);
    await tell(world, { requestId: failed.requestId, status: 'Failed' });
    const batch = await acceptedBatch(world, account, { rows: inputRows(2) });
    const [listed = ''] = batch.requestIds;
    const before = await bringIn(world, account, [{ requestId: listed }], {
      from: new Date(Date.now() - 7_200_000),
      to: new Date(Date.now() - 3_600_000),
    });
    expect(await foundBy(world, before.no)).toEqual([]);
    const now = await bringIn(world, account, [{ requestId: listed, discount: '4' }]);
    expect(await foundBy(world, now.no)).toEqual([
      expect.objectContaining({ kind: 'missing_at_provider', batch_no: batch.batchNo, seq: 2 }),
    ]);
    expect([other.batchNo, lost.batchNo, failed.batchNo]).not.toContain(batch.batchNo);
  });

  it('brought in again changes nothing and is answered as the first time', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account, { rows: inputRows(2) });
    const rows = [{ requestId: batch.requestId }, { requestId: newRequestId() }];
    const first = await bringIn(world, account, rows);
    const before = await world.count('SELECT count(*) FROM discrepancies');
    const second = await bringIn(world, account, rows);
    expect(second).toEqual({ ...first, again: true });
    expect(await world.count('SELECT count(*) FROM discrepancies')).toBe(before);
    expect(await leftOf(account)).toBe(2);
    expect(await discardStatements(world.ledger, 3_600_000)).toBe(2);
    expect(await leftOf(account)).toBe(0);
    const elsewhere = bringIn(world, newAccount(), rows);
    expect(await refusalOf(elsewhere)).toMatchObject([{ row: 1, reason: 'other_account' }]);
  });

  it('brought in twice at once is one', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account, { rows: inputRows(2) });
    const rows = [{ requestId: batch.requestId }];
    const ends = await Promise.all([1, 2].map(() => bringIn(world, account, rows)));
    expect(ends.filter(({ again }) => again)).toHaveLength(1);
    expect(ends[0]?.no).toBe(ends[1]?.no);
    expect(await foundBy(world, ends[0]?.no ?? 0)).toHaveLength(1);
  });

  it('that overlaps another one opens no discrepancy twice, and closes what it explains', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account, { rows: inputRows(3) });
    const [listed = '', odd = '', late = ''] = batch.requestIds;
    const unknown = newRequestId();
    const rows = [
      { requestId: listed },
      { requestId: odd, amount: 'KES 90.0000' },
      { requestId: unknown },
      { phone: '+254712777777' },
    ];
    const first = await bringIn(world, account, rows);
    expect(first.counts).toMatchObject({ discrepancies: 4, missing_at_provider: 1 });
    const second = await bringIn(world, account, [...rows, { requestId: late }]);
    expect(second.counts).toMatchObject({ matched: 3, discrepancies: 0, missing_in_ledger: 2 });
    expect(second.counts).not.toHaveProperty('missing_at_provider');
    const steps = await world.select(
      `SELECT d.kind, d.seq, s.step, s.operator, s.reason FROM discrepancy_steps s JOIN discrepancies d ON d.id = s.discrepancy_id
       JOIN statement_findings f ON f.discrepancy_id = d.id WHERE f.statement_no = $1`,
      [first.no],
    );
    expect(steps).toEqual([
      {
        kind: 'missing_at_provider',
        seq: 3,
        step: 'closed',
        operator: 'salio',
        reason: `statement ${second.no} lists it`,
      },
    ]);
  });

  it('has its times by the clock of its zone, and its period by them', async () => {
    const account = newAccount();
    const readTime = timeReader({ format: 'DD/MM/YYYY HH:mm', zone: 'Africa/Nairobi' });
    const period = { from: new Date('2026-10-31T21:00Z'), to: new Date('2026-11-30T21:00Z') };
    const timed = (time: string) => [{ requestId: newRequestId(), time }];
    const profile = { statuses: new Map([['success', 'Success']] as const), readTime };
    const given = { ...period, profile, zone: 'Africa/Nairobi' };
    const done = await bringIn(world, account, timed('01/11/2026 00:00'), given);
    const [stored] = await world.select('SELECT at FROM statement_rows WHERE statement_no = $1', [
      done.no,
    ]);
    expect(stored).toEqual({ at: period.from });
    for (const time of ['31/10/2026 23:59', '01/12/2026 00:00']) {
      expect(await refusalOf(bringIn(world, account, timed(time), given))).toMatchObject([
        { row: 1, reason: 'outside_period' },
      ]);
    }
    const nowhere = bringIn(world, account, timed('01/11/2026 00:00'), {
      ...given,
      zone: 'Mars/Base',
    });
    await expect(nowhere).rejects.toThrow(Unanswerable);
  });
});

describe('a statement with a row that can not be', () => {
  const id = newRequestId();
  const good = () => ({ requestId: newRequestId() });

  it.each<[string, Cells[], [number, string][]]>([
    ['a negative amount', [{ ...good(), amount: '-5', currency: 'KES' }], [[1, 'amount_negative']]],
    [
      'no amount',
      [good(), { ...good(), amount: 'ten', currency: 'KES' }],
      [[2, 'amount_malformed']],
    ],
    ['a currency of nobody', [{ ...good(), amount: 'USD 1.00' }], [[1, 'currency_unknown']]],
    [
      'the currency of other phones',
      [{ ...good(), phone: '+254712000001', amount: 'UGX 500' }],
      [[1, 'currency_unfit']],
    ],
    ['neither an id nor a phone', [good(), {}], [[2, 'no_id_and_phone']]],
    ['a status without meaning', [{ ...good(), status: 'Odd' }], [[1, 'status_unknown']]],
    [
      'a row that stands twice',
      [good(), { requestId: id }, good(), { requestId: id }],
      [[4, 'row_repeated']],
    ],
    [
      'a request id that stands twice and says two things',
      [{ requestId: id }, { requestId: id, status: 'Failed' }],
      [[2, 'id_twice']],
    ],
    [
      'a row without an id that stands twice',
      [{ phone: '+254712000001' }, good(), { phone: '+254712000001' }],
      [[3, 'row_repeated']],
    ],
    [
      'two such rows',
      [{ ...good(), amount: '-1', currency: 'KES' }, good(), { ...good(), status: '' }],
      [
        [1, 'amount_negative'],
        [3, 'status_unknown'],
      ],
    ],
  ])('is refused for %s, and nothing of it stays', async (_what, rows, expected) => {
    const account = newAccount();
    const faults = await refusalOf(bringIn(world, account, rows));
    expect(faults.map(({ row: at, reason }) => [at, reason])).toEqual(expected);
    const imports = await world.select('SELECT state FROM statement_imports WHERE account = $1', [
      account,
    ]);
    expect(imports).toEqual([{ state: 'refused' }]);
    expect(await listStatements(world.ops, { account, limit: 1 })).toEqual([]);
    while ((await leftOf(account)) > 0) await discardStatements(world.ledger, 3_600_000);
    const mended = await bringIn(world, account, [good()]);
    expect(mended.counts).toMatchObject({ missing_in_ledger: 1 });
  });

  it('names the first twenty, however many there are, and no phone', async () => {
    const rows = Array.from({ length: 1_000 }, () => ({ ...good(), phone: '+254712000001x' }));
    const faults = await refusalOf(bringIn(world, newAccount(), rows));
    expect(faults).toHaveLength(20);
    expect(JSON.stringify(faults)).not.toContain('712000001');
  });

  it('is refused for the request id of a line of another account: it speaks of no line', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account);
    const faults = await refusalOf(
      bringIn(world, newAccount(), [good(), { requestId: batch.requestId }]),
    );
    expect(faults).toEqual([{ row: 2, reason: 'other_account', detail: account }]);
    await applyAll(world);
    const words = 'SELECT count(*) FROM statement_words WHERE request_id = $1';
    expect(await world.count(words, [batch.requestId])).toBe(0);
  });
});

describe('an import', () => {
  it('without rows, or of a period that is none, is refused', async () => {
    expect(await refusalOf(bringIn(world, newAccount(), []))).toEqual([]);
    const at = new Date();
    const none = bringIn(world, newAccount(), [{ requestId: newRequestId() }], {
      from: at,
      to: at,
    });
    await expect(none).rejects.toThrow(Unanswerable);
  });

  it('that breaks off counts for nothing, and is cleared away', async () => {
    const account = newAccount();
    async function* broken() {
      yield Array.from({ length: 12_000 }, () => row({ requestId: newRequestId() }));
      throw new Error('the line broke');
    }
    const given = statementOf(account, [], { rows: broken() });
    const by = { operator: OPERATOR };
    const importing = importStatement(world.ops, given, by, DEFAULT_TARIFFS);
    await expect(importing).rejects.toThrow('the line broke');
    expect(await leftOf(account)).toBeGreaterThan(0);
    while ((await leftOf(account)) > 0) await discardStatements(world.ledger, 3_600_000);
    const imports =
      'SELECT count(*) FROM statement_imports WHERE account = $1 AND discarded_at IS NULL';
    await discardStatements(world.ledger, 3_600_000);
    expect(await world.count(imports, [account])).toBe(0);
  });

  it('that nobody goes on with is given up, and can not be closed any more', async () => {
    const account = newAccount();
    let go = () => {};
    const waiting = new Promise<void>((resolve) => (go = resolve));
    async function* slow() {
      yield [row({ requestId: newRequestId() })];
      await waiting;
    }
    const given = statementOf(account, [], { rows: slow() });
    const importing = importStatement(world.ops, given, { operator: OPERATOR }, DEFAULT_TARIFFS);
    const caught = importing.catch((error: unknown) => error);
    const started = () =>
      world.count('SELECT count(*) FROM statement_imports WHERE account = $1', [account]);
    await eventually(async () => (await started()) === 1);
    await discardStatements(world.ledger, -1_000);
    go();
    expect(await caught).toBeInstanceOf(Conflict);
  });

  it('of a statement can not be discarded', async () => {
    const done = await bringIn(world, newAccount(), [{ requestId: newRequestId() }]);
    const discarding = world.ledger.pool.query('SELECT discard_statement_rows($1, 10)', [done.no]);
    await expect(discarding).rejects.toMatchObject({ code: '42501' });
  });
});
