import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  dispatchChunks,
  expireBatches,
  openSlice,
  readBatch,
  readChunk,
  releaseBatch,
  retryLines,
} from '../src/index.ts';
import {
  checkedBatch,
  inputRow,
  inputRows,
  lineStates,
  newSource,
  OPERATOR,
  releasedBatch,
  stateOf,
  submit,
  type Batch,
} from './support/batches.ts';
import { refusedBatch } from './support/retries.ts';
import { accepted, lease, open, recordAll, sliceOrder } from './support/sends.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const HOUR_MS = 3_600_000;
const later = (hours = 1) => Date.now() + hours * HOUR_MS;
const dispatch = () => dispatchChunks(world.ledger, { window: 10, patienceMs: HOUR_MS });
const setBatch = ({ batchId }: Batch, columns: string) =>
  world.owner.query(`UPDATE batches SET ${columns} WHERE id = $1`, [batchId]);
const dueTurns = () => world.owner.query('UPDATE turns SET due_at = now()');

/** Quiet hours of a minute before now until an hour after, by the clock of the zone; over midnight where it is so late. */
async function quietNow(zone: string) {
  const [now] = await world.select<{ from: string; until: string }>(
    `SELECT to_char(at - interval '1 minute', 'HH24:MI') AS "from", to_char(at + interval '1 hour', 'HH24:MI') AS until
     FROM (SELECT now() AT TIME ZONE $1 AS at) AS clock`,
    [zone],
  );
  return { from: now?.from ?? '', until: now?.until ?? '', zone };
}

describe('a batch that is to be sent later', () => {
  it('is not dispatched before its moment, and is then', async () => {
    const batch = await releasedBatch(world, { terms: { notBefore: later() } });
    const other = await releasedBatch(world);
    expect((await dispatch()).map(({ batchNo }) => batchNo)).toEqual([other.batchNo]);
    const waits = 'SELECT extract(epoch FROM due_at - now()) FROM turns WHERE batch_no = $1';
    expect(await world.count(waits, [batch.batchNo])).toBeGreaterThan(3_000);
    await setBatch(batch, `not_before = now() - interval '1 second'`);
    await dueTurns();
    expect((await dispatch()).map(({ batchNo }) => batchNo)).toEqual([batch.batchNo]);
  });

  it.each(['as they were read', 'as they are'])('opens no slice of lines %s', async (how) => {
    const batch = await releasedBatch(world);
    const taken = await lease(world, batch);
    const known = how === 'as they are' ? undefined : await readChunk(world.ledger, taken);
    await setBatch(batch, `not_before = now() + interval '1 hour'`);
    const slice = await openSlice(world.ledger, sliceOrder(world, taken), known);
    expect(slice).toEqual({ kind: 'stopped', by: 'batch', reason: 'batch is waiting' });
    expect(await lineStates(world, batch.batchNo)).toEqual(['pending', 'pending', 'pending']);
    expect(await world.count('SELECT count(*) FROM sends')).toBe(0);
  });

  it('puts off thousands at once, and reaches the one behind them', async () => {
    const terms = { notBefore: later() };
    for (let made = 0; made < 25; made += 1) await releasedBatch(world, { terms });
    const other = await releasedBatch(world);
    const chosen = await dispatchChunks(world.ledger, { window: 2, patienceMs: HOUR_MS });
    expect(chosen.map(({ batchNo }) => batchNo)).toEqual([other.batchNo]);
  });
});

describe('quiet hours', () => {
  it.each(['Africa/Nairobi', 'America/Argentina/Ushuaia', 'UTC'])(
    'of %s stop dispatch and claims, and end',
    async (zone) => {
      const batch = await releasedBatch(world);
      const taken = await lease(world, batch);
      const { from, until } = await quietNow(zone);
      await setBatch(
        batch,
        `quiet_from = '${from}', quiet_until = '${until}', quiet_zone = '${zone}'`,
      );
      expect(await openSlice(world.ledger, sliceOrder(world, taken))).toMatchObject({
        reason: 'batch is waiting',
      });
      const waiting = await releasedBatch(world, { terms: { quietHours: { from, until, zone } } });
      expect(await dispatch()).toEqual([]);
      // The other way round it is the rest of the day that is quiet.
      await setBatch(waiting, `quiet_from = '${until}', quiet_until = '${from}'`);
      await dueTurns();
      expect((await dispatch()).map(({ batchNo }) => batchNo)).toEqual([waiting.batchNo]);
    },
  );

  const NIGHT = ['21:00', '08:00', 'Africa/Nairobi'];
  const NOON = ['12:00', '13:30', 'Africa/Nairobi'];
  const BERLIN = ['22:00', '02:30', 'Europe/Berlin'];
  it.each([
    ['by day', NIGHT, '2026-12-01T12:00+03', '2026-12-01T12:00+03'],
    ['from the first minute', NIGHT, '2026-12-01T21:00+03', '2026-12-02T08:00+03'],
    ['before the first minute', NIGHT, '2026-12-01T20:59:59+03', '2026-12-01T20:59:59+03'],
    ['after midnight', NIGHT, '2026-12-02T00:00+03', '2026-12-02T08:00+03'],
    ['at their end', NIGHT, '2026-12-02T08:00+03', '2026-12-02T08:00+03'],
    ['at noon', NOON, '2026-12-01T13:29:59+03', '2026-12-01T13:30+03'],
    ['after a leap day', NIGHT, '2028-02-28T22:00+03', '2028-02-29T08:00+03'],
    ['when the end is left out by the clock', BERLIN, '2026-03-28T23:00+01', '2026-03-29T03:30+02'],
    ['when the end comes twice', BERLIN, '2026-10-24T23:00+02', '2026-10-25T02:30+01'],
    ['where there are none', [null, null, null], '2026-12-01T12:00+03', '2026-12-01T12:00+03'],
  ])('end %s', async (_when, hours, at, next) => {
    const same = `SELECT (next_claim($1, NULL, $2, $3, $4) = $5::timestamptz)::int`;
    expect(await world.count(same, [at, ...hours, next])).toBe(1);
  });

  it('are looked at from the moment on before which nothing is sent', async () => {
    const next = `SELECT (next_claim('2026-12-01T12:00+03', '2026-12-01T22:00+03', $1, $2, $3) = $4::timestamptz)::int`;
    expect(await world.count(next, [...NIGHT, '2026-12-02T08:00+03'])).toBe(1);
    expect(await world.count(next, [null, null, null, '2026-12-01T22:00+03'])).toBe(1);
  });

  it('are refused in a zone that Postgres does not know', async () => {
    const quietHours = { from: '21:00', until: '08:00', zone: 'Africa/Nowhere' };
    const verdict = await submit(world, { terms: { quietHours } });
    expect(verdict).toMatchObject({ verdict: 'refused', mismatches: ['time_zone_unknown'] });
  });
});

describe('a batch that expires', () => {
  it('is refused where it has expired already, and may come again', async () => {
    const [source, clientReference, rows] = [await newSource(world), 'january', inputRows(2)];
    const named = { source, clientReference, rows };
    const expired = await submit(world, { ...named, terms: { expiresAt: Date.now() - 1 } });
    expect(expired).toMatchObject({ verdict: 'refused', mismatches: ['expired'] });
    const again = await submit(world, { ...named, terms: { expiresAt: later() } });
    expect(again).toMatchObject({ verdict: 'accepted', state: 'checked' });
  });

  it('opens no slice from its moment on, even before anybody cancelled it', async () => {
    const batch = await releasedBatch(world, { terms: { expiresAt: later() } });
    const taken = await lease(world, batch);
    await setBatch(batch, 'expires_at = now()');
    expect(await openSlice(world.ledger, sliceOrder(world, taken))).toEqual({
      kind: 'stopped',
      by: 'batch',
      reason: 'batch is expired',
    });
    await dueTurns();
    expect(await dispatch()).toEqual([]);
  });

  it('is cancelled with what was not claimed, keeps what was, and is no more released or retried', async () => {
    const batch = await releasedBatch(world, { rows: inputRows(4), terms: { expiresAt: later() } });
    const taken = await lease(world, batch);
    const limits = { recipientsPerRequest: 1, attempts: 2 };
    const attempts = await open(world, taken, { limits });
    await recordAll(world, attempts.slice(0, 1).map(accepted));
    expect(await expireBatches(world.ledger)).toBe(0);
    await setBatch(batch, `expires_at = '2026-11-01T08:00Z'`);
    expect(await expireBatches(world.ledger)).toBe(1);
    expect(await expireBatches(world.ledger)).toBe(0);
    expect(await readBatch(world.ledger, batch.batchId)).toMatchObject({
      state: 'cancelled',
      stateReason: 'expired at 2026-11-01T08:00:00Z',
    });
    await recordAll(world, attempts.slice(1).map(accepted));
    expect(await lineStates(world, batch.batchNo)).toEqual(['sent', 'sent', 'pending', 'pending']);
    const actions = `SELECT count(*) FROM operator_actions WHERE verb = 'batch.cancel' AND operator = 'salio'`;
    expect(await world.count(actions)).toBe(1);
  });

  it('is not released any more', async () => {
    const batch = await checkedBatch(world, { terms: { expiresAt: later() } });
    await setBatch(batch, 'expires_at = now()');
    const order = { batchId: batch.batchId, operator: OPERATOR };
    await expect(releaseBatch(world.ledger, order)).rejects.toThrow('has expired');
    expect(await expireBatches(world.ledger)).toBe(1);
    expect(await stateOf(world, batch.batchId)).toBe('cancelled');
  });

  it('stays completed where all was paid, and gets no retry', async () => {
    const batch = await refusedBatch(world);
    await setBatch(batch, 'expires_at = now()');
    expect(await expireBatches(world.ledger)).toBe(0);
    expect(await stateOf(world, batch.batchId)).toBe('completed');
    const order = { batchId: batch.batchId, operator: OPERATOR };
    await expect(retryLines(world.ledger, order)).rejects.toThrow('has expired');
    expect(await lineStates(world, batch.batchNo)).toEqual(['failed']);
  });
});

describe('the terms of a batch', () => {
  it('are part of its content: other terms under its name are a conflict', async () => {
    const [source, clientReference, rows] = [await newSource(world), 'january', inputRows(1)];
    const named = { source, clientReference, rows };
    const quietHours = { from: '21:00', until: '08:00', zone: 'Africa/Nairobi' };
    const terms = { notBefore: later(), expiresAt: later(2), quietHours };
    expect(await submit(world, { ...named, terms })).toMatchObject({ verdict: 'accepted' });
    expect(await submit(world, { ...named, terms })).toMatchObject({ verdict: 'same' });
    expect(await submit(world, named)).toMatchObject({ verdict: 'conflict' });
    expect(
      await submit(world, { ...named, terms: { ...terms, notBefore: terms.notBefore + 1 } }),
    ).toMatchObject({ verdict: 'conflict' });
    expect(await readBatch(world.ledger, 'january')).toMatchObject({
      notBefore: new Date(terms.notBefore),
      expiresAt: new Date(terms.expiresAt),
      quietHours: '21:00-08:00 Africa/Nairobi',
      corrects: null,
      corrected: 0,
    });
  });
});

describe('a batch that corrects rejections of another', () => {
  const bad = (count: number) => inputRows(count, { amount: 'ten' });

  it('is tied to its parent, which says how much of it is corrected', async () => {
    const source = await newSource(world);
    const rows = [inputRow(), ...bad(3)];
    await submit(world, { source, clientReference: 'january', rows });
    const child = { source, terms: { corrects: 'january' } };
    expect(
      await submit(world, { ...child, clientReference: 'january-2', rows: inputRows(2) }),
    ).toMatchObject({ verdict: 'accepted' });
    expect(await readBatch(world.ledger, 'january-2')).toMatchObject({ corrects: 'january' });
    expect(await readBatch(world.ledger, 'january')).toMatchObject({ rejected: 3, corrected: 2 });
  });

  it('can not have more rows than nobody has corrected: the same file under two names is paid once', async () => {
    const source = await newSource(world);
    await submit(world, { source, clientReference: 'january', rows: [inputRow(), ...bad(2)] });
    const child = { source, rows: inputRows(2), terms: { corrects: 'january' } };
    const [one, other] = await Promise.all([
      submit(world, { ...child, clientReference: 'one' }),
      submit(world, { ...child, clientReference: 'other' }),
    ]);
    expect([one.verdict, other.verdict].toSorted()).toEqual(['accepted', 'refused']);
    expect([...one.mismatches, ...other.mismatches]).toEqual(['corrects_too_many']);
  });

  it('gives back what it corrected when it is cancelled before it was released, and only then', async () => {
    const source = await newSource(world);
    await submit(world, { source, clientReference: 'january', rows: bad(1) });
    const child = { source, rows: inputRows(1), terms: { corrects: 'january' } };
    const first = await checkedBatch(world, { ...child, clientReference: 'first' });
    await cancelBatch(world.ledger, { batchId: first.batchId, operator: OPERATOR });
    const second = await releasedBatch(world, { ...child, clientReference: 'second' });
    await recordAll(world, (await open(world, await lease(world, second))).map(accepted));
    await cancelBatch(world.ledger, { batchId: second.batchId, operator: OPERATOR });
    expect(await submit(world, { ...child, clientReference: 'third' })).toMatchObject({
      verdict: 'refused',
      mismatches: ['corrects_too_many'],
    });
  });

  it('is refused where the source has no such batch', async () => {
    await submit(world, { clientReference: 'january', rows: bad(1) });
    const stranger = await submit(world, { terms: { corrects: 'january' } });
    expect(stranger).toMatchObject({ verdict: 'refused', mismatches: ['corrects_unknown'] });
  });
});
