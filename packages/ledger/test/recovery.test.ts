import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  completeBatches,
  Conflict,
  countClaimable,
  dispatchChunks,
  handBack,
  leaseChunk,
  openSlice,
  pauseBatch,
  readProposal,
  readTrust,
  recoverLedger,
  releaseBatch,
  type Incarnation,
  type Recovery,
} from '../src/index.ts';
import {
  checkedBatch,
  deliver,
  inputRow,
  inputRows,
  lineStates,
  newSubmission,
  OPERATOR,
  releasedBatch,
  stateOf,
} from './support/batches.ts';
import {
  accepted,
  ACCOUNT,
  countSlots,
  lease,
  LONG,
  open,
  openBatch,
  readLine,
  recordAll,
  sliceOrder,
} from './support/sends.ts';
import { BY_KEY } from './support/decisions.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

/** As in a dump that was loaded into another cluster: what it trusts is the cluster that it came from. */
async function distrust(): Promise<void> {
  await world.owner.query(
    `INSERT INTO trusts (system_identifier, timeline, operators) VALUES ('7000000000000000001', 1, '{}')`,
  );
}

const order = (operator: string) => ({
  operator,
  access: BY_KEY,
  reason: `${operator} restored the dump`,
});
/** An account that was used, though no claim of this ledger tells of it. */
const accounts = [ACCOUNT];
const recover = (operator: string): Promise<Recovery> =>
  recoverLedger(world.ledger, { ...order(operator), accounts });

async function recoverByTwo(): Promise<Recovery> {
  await recover('amina');
  return recover('baraka');
}

async function incarnation(): Promise<Incarnation> {
  const trust = await readTrust(world.ledger);
  if (trust.kind === 'in_recovery') throw new Error(trust.reason);
  return trust.now;
}

const REASON = 'recovered: it may have been sent before the database was promoted or restored';

describe('a database that is not the trusted one', () => {
  it('opens no slice, and says what to do', async () => {
    const batch = await releasedBatch(world);
    const taken = await lease(world, batch);
    await distrust();
    const slice = await openSlice(world.ledger, sliceOrder(world, taken));
    expect(slice).toMatchObject({ kind: 'stopped', by: 'recovery' });
    expect(slice).toHaveProperty('reason', expect.stringContaining('ran salio recover'));
    expect(await lineStates(world, batch.batchNo)).toEqual(['pending', 'pending', 'pending']);
    expect(await world.count('SELECT count(*) FROM sends')).toBe(0);
  });

  it('dispatches no chunk', async () => {
    await releasedBatch(world);
    await distrust();
    const terms = { window: 10, patienceMs: 60_000 };
    expect(await dispatchChunks(world.ledger, terms)).toEqual([]);
    await recoverByTwo();
    const batch = await releasedBatch(world);
    const dispatched = await dispatchChunks(world.ledger, terms);
    expect(dispatched).toMatchObject([{ batchNo: batch.batchNo }]);
  });

  it('still records what is true of what was sent', async () => {
    const batch = await openBatch(world, { rows: inputRows(1) });
    await distrust();
    await recordAll(world, [accepted(batch.attempt)]);
    expect(await lineStates(world, batch.batchNo)).toEqual(['sent']);
  });

  it('is told from the trusted one by cluster and timeline', async () => {
    const now = await incarnation();
    expect(await readTrust(world.ledger)).toEqual({ kind: 'trusted', now });
    await distrust();
    const trusted = { systemIdentifier: '7000000000000000001', timeline: 1 };
    expect(await readTrust(world.ledger)).toMatchObject({ kind: 'untrusted', now, trusted });
    await world.owner.query(
      `INSERT INTO trusts (system_identifier, timeline, operators) VALUES ($1, $2, '{}')`,
      [now.systemIdentifier, now.timeline + 1],
    );
    expect(await readTrust(world.ledger)).toMatchObject({ kind: 'untrusted' });
  });
});

describe('recoverLedger', () => {
  it('makes everything that could be claimed unresolved, and nothing else', async () => {
    const rows = inputRows(2);
    const sending = await openBatch(world, { rows });
    const held = await releasedBatch(world, { rows });
    expect(await open(world, await lease(world, held))).toEqual([]);
    const checked = await checkedBatch(world);
    const pending = await releasedBatch(world);
    const paused = await releasedBatch(world);
    await pauseBatch(world.ledger, { batchId: paused.batchId, operator: OPERATOR });
    const cancelled = await releasedBatch(world);
    await cancelBatch(world.ledger, { batchId: cancelled.batchId, operator: OPERATOR });
    const sent = await openBatch(world, { rows: inputRows(1) });
    await recordAll(world, [accepted(sent.attempt)]);
    const receiving = await newSubmission(world);
    await deliver(world, receiving);
    await distrust();
    expect((await recoverByTwo()).kind).toBe('recovered');

    const all = async (batchNo: number) => [...new Set(await lineStates(world, batchNo))];
    for (const batch of [sending, held, checked, pending, paused]) {
      expect(await all(batch.batchNo)).toEqual(['unresolved']);
      expect(await readLine(world, batch.batchNo)).toMatchObject({ reason: REASON, waits: false });
    }
    expect(await all(cancelled.batchNo)).toEqual(['pending']);
    expect(await all(sent.batchNo)).toEqual(['sent']);
    const undecided = `SELECT count(*) FROM lines l JOIN submissions s ON s.no = l.batch_no
      WHERE s.id = $1 AND l.state = 'pending'`;
    expect(await world.count(undecided, [receiving.submission])).toBe(3);
  });

  it('leaves nothing to claim, and batches complete', async () => {
    const checked = await checkedBatch(world);
    const released = await releasedBatch(world);
    const taken = await lease(world, released);
    const paused = await releasedBatch(world);
    await pauseBatch(world.ledger, { batchId: paused.batchId, operator: OPERATOR });
    await distrust();
    expect(await recoverByTwo()).toMatchObject({ lines: 9, chunks: 3 });
    // Who held a chunk is fenced.
    expect(await openSlice(world.ledger, sliceOrder(world, taken))).toEqual({ kind: 'fenced' });
    expect(await handBack(world.ledger, taken)).toBe(false);
    expect(await completeBatches(world.ledger)).toBe(2);
    const release = { batchId: checked.batchId, operator: OPERATOR };
    await releaseBatch(world.ledger, release);
    for (const { batchId, batchNo } of [checked, released, paused]) {
      expect(await stateOf(world, batchId)).toBe('completed');
      expect(await leaseChunk(world.ledger, { batchNo, chunk: 0 }, LONG)).toBeUndefined();
    }
  });

  it('holds an equal payment of a later batch', async () => {
    const rows = [inputRow()];
    const forgotten = await releasedBatch(world, { rows });
    await distrust();
    await recoverByTwo();
    expect(await countSlots(world, forgotten.batchNo)).toBe(1);
    const later = await releasedBatch(world, { rows });
    expect(await open(world, await lease(world, later))).toEqual([]);
    expect(await lineStates(world, later.batchNo)).toEqual(['held']);
  });

  it('takes slots for every account that was used', async () => {
    await openBatch(world, { rows: inputRows(1) });
    await openBatch(world, { rows: inputRows(1) }, { account: 'other' });
    const { batchNo } = await releasedBatch(world, { rows: inputRows(1) });
    await distrust();
    await recoverByTwo();
    const slots = await world.select(
      'SELECT account FROM slots WHERE batch_no = $1 ORDER BY account',
      [batchNo],
    );
    expect(slots).toEqual([{ account: ACCOUNT }, { account: 'other' }]);
  });

  it('forgets the replays that were planned', async () => {
    const { batchNo } = await openBatch(world, { rows: inputRows(1) });
    await world.owner.query(
      `UPDATE lines SET state = 'unresolved', replay_by = now() + interval '1 hour', not_before = now()`,
    );
    await distrust();
    await recoverByTwo();
    const planned = `SELECT count(*) FROM lines WHERE batch_no = $1 AND (replay_by, not_before) IS DISTINCT FROM (NULL, NULL)`;
    expect(await world.count(planned, [batchNo])).toBe(0);
  });

  it('lets late answers resolve what they speak of', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    await distrust();
    await recoverByTwo();
    await recordAll(world, [accepted(attempt)]);
    expect(await lineStates(world, batchNo)).toEqual(['sent']);
    expect(await countSlots(world, batchNo)).toBe(0);
  });

  it('trusts the database again: what comes from now on is sent', async () => {
    await distrust();
    const done = await recoverByTwo();
    const now = await incarnation();
    expect(done).toMatchObject({ now, operators: ['amina', 'baraka'] });
    expect(await readTrust(world.ledger)).toEqual({ kind: 'trusted', now });
    const batch = await releasedBatch(world);
    expect(await open(world, await lease(world, batch))).toHaveLength(3);
    const [row] = await world.select('SELECT * FROM trusts ORDER BY id DESC LIMIT 1');
    expect(row).toMatchObject({
      timeline: now.timeline,
      operators: ['amina', 'baraka'],
      reason: 'amina restored the dump | baraka restored the dump',
    });
  });

  it('tells first what it would do', async () => {
    await releasedBatch(world, { rows: [...inputRows(2), inputRow({ amount: '50.5' })] });
    await distrust();
    expect(await countClaimable(world.ledger)).toEqual([
      {
        batch: 'released',
        state: 'pending',
        batches: 1,
        lines: 3,
        amount: { currency: 'KES', units: 2_505_000n },
      },
    ]);
  });
});

describe('who recovers', () => {
  it('is two people: the first one only proposes', async () => {
    const batch = await releasedBatch(world);
    await distrust();
    const now = await incarnation();
    expect(await recover('amina')).toEqual({ kind: 'proposed', now, accounts, hours: 24 });
    expect(await readProposal(world.ledger, now)).toMatchObject({
      operator: 'amina',
      reason: 'amina restored the dump',
    });
    expect(await lineStates(world, batch.batchNo)).toEqual(['pending', 'pending', 'pending']);
    expect(await readTrust(world.ledger)).toMatchObject({ kind: 'untrusted' });
  });

  it.each(['amina', 'AMINA', ' Amina '])('is not %s twice', async (again) => {
    await distrust();
    await recover('amina');
    await expect(recover(again)).rejects.toThrow(Conflict);
    await expect(recover(again)).rejects.toThrow('another person must confirm it');
    expect(await readTrust(world.ledger)).toMatchObject({ kind: 'untrusted' });
  });

  it('is nobody who only has the database', async () => {
    await distrust();
    await recover('amina');
    const glass = recoverLedger(world.ledger, { operator: 'baraka', reason: 'me too', accounts });
    await expect(glass).rejects.toMatchObject({ kind: 'second_person' });
    expect(await readTrust(world.ledger)).toMatchObject({ kind: 'untrusted' });
  });

  it('is one of two who confirm at the same time', async () => {
    await distrust();
    await recover('amina');
    const ends = await Promise.allSettled([recover('baraka'), recover('chege')]);
    expect(ends.map((end) => end.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await world.count('SELECT count(*) FROM trusts')).toBe(3);
  });

  it.each([
    ['is older than a day', `now() - interval '25 hours'`, 0],
    ['speaks of another database', 'now()', 1],
  ])('confirms no proposal that %s', async (_name, at, later) => {
    await distrust();
    const { systemIdentifier, timeline } = await incarnation();
    await world.owner.query(
      `INSERT INTO operator_actions (at, operator, verb, subject, detail)
       VALUES (${at}, 'amina', 'ledger.recover.propose', 'ledger', $1)`,
      [JSON.stringify({ systemIdentifier, timeline: timeline + later })],
    );
    expect(await recover('baraka')).toMatchObject({ kind: 'proposed' });
  });

  it('has nothing to do where the database is trusted', async () => {
    await expect(recover('amina')).rejects.toThrow(Conflict);
    await expect(recover('amina')).rejects.toThrow('nothing to recover');
    expect(await world.count('SELECT count(*) FROM operator_actions')).toBe(0);
  });

  it('must name the account where the ledger knows none', async () => {
    await distrust();
    const ordering = recoverLedger(world.ledger, order('amina'));
    await expect(ordering).rejects.toThrow('no provider account is known here');
    await expect(ordering).rejects.toThrow(Conflict);
    expect(await readProposal(world.ledger, await incarnation())).toBeUndefined();
  });

  it('changes nothing where it fails half-way', async () => {
    const batch = await releasedBatch(world);
    await distrust();
    await recover('amina');
    await world.owner.query(
      `ALTER TABLE trusts ADD CONSTRAINT broken CHECK (cardinality(operators) = 0)`,
    );
    await expect(recover('baraka')).rejects.toThrow('broken');
    expect(await lineStates(world, batch.batchNo)).toEqual(['pending', 'pending', 'pending']);
    expect(await readTrust(world.ledger)).toMatchObject({ kind: 'untrusted' });
  });
});
