import { createHash } from 'node:crypto';
import { idempotencyKey } from '@salio/domain';
import { eventually } from '@salio/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  dropDispatch,
  handBack,
  leaseChunk,
  openSlice,
  pauseBatch,
  type Slice,
} from '../src/index.ts';
import {
  checkedBatch,
  inputRow,
  inputRows,
  lineStates,
  OPERATOR,
  releasedBatch,
} from './support/batches.ts';
import {
  accepted,
  lease,
  LONG,
  open,
  recordAll,
  seqs,
  SHORT,
  sliceOrder,
} from './support/sends.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

describe('leaseChunk', () => {
  it('lets exactly one of many workers have a chunk', async () => {
    const { batchNo } = await releasedBatch(world);
    const name = { batchNo, chunk: 0 };
    const taken = await Promise.all(
      Array.from({ length: 12 }, () => leaseChunk(world.ledger, name, LONG)),
    );
    expect(taken.filter((each) => each !== undefined)).toEqual([
      { ...name, epoch: 1, token: expect.any(String) },
    ]);
    expect(await leaseChunk(world.ledger, name, LONG)).toBeUndefined();
  });

  it('has nothing of a batch that is not released', async () => {
    const checked = await checkedBatch(world);
    const paused = await releasedBatch(world);
    const cancelled = await releasedBatch(world);
    await pauseBatch(world.ledger, { batchId: paused.batchId, operator: OPERATOR });
    await cancelBatch(world.ledger, { batchId: cancelled.batchId, operator: OPERATOR });
    for (const { batchNo } of [checked, paused, cancelled]) {
      expect(await leaseChunk(world.ledger, { batchNo, chunk: 0 }, LONG)).toBeUndefined();
    }
  });

  it('does not take over a lease that ran out: it must be rescued first', async () => {
    const { batchNo } = await releasedBatch(world);
    await lease(world, { batchNo }, { terms: SHORT });
    await eventually(() => isExpired(batchNo));
    expect(await leaseChunk(world.ledger, { batchNo, chunk: 0 }, LONG)).toBeUndefined();
  });

  it('has the chunk again with a higher epoch when it was handed back, unless it is done', async () => {
    const { batchNo } = await releasedBatch(world, { rows: inputRows(1) });
    const first = await lease(world, { batchNo });
    expect(await handBack(world.ledger, first)).toBe(true);
    const second = await lease(world, { batchNo });
    expect(second.epoch).toBe(first.epoch + 1);
    expect(await handBack(world.ledger, first)).toBe(false);
    await recordAll(world, (await open(world, second)).map(accepted));
    expect(await handBack(world.ledger, second)).toBe(true);
    expect(await leaseChunk(world.ledger, { batchNo, chunk: 0 }, LONG)).toBeUndefined();
  });

  it('leaves the mark of a newer job when an older one is dropped', async () => {
    const { batchNo } = await releasedBatch(world);
    const mark = 'UPDATE chunks SET dispatched_at = now(), generation = 2 WHERE batch_no = $1';
    await world.owner.query(mark, [batchNo]);
    const marked = () =>
      world.count('SELECT count(dispatched_at) FROM chunks WHERE batch_no = $1', [batchNo]);
    await dropDispatch(world.ledger, { batchNo, chunk: 0, generation: 1 });
    expect(await marked()).toBe(1);
    await dropDispatch(world.ledger, { batchNo, chunk: 0, generation: 2 });
    expect(await marked()).toBe(0);
  });
});

describe('openSlice', () => {
  it('has attempts and sends recorded before it returns, and the lines sending', async () => {
    const { batchNo } = await releasedBatch(world, { rows: inputRows(2) });
    const taken = await lease(world, { batchNo });
    const order = sliceOrder(world, taken, { worker: 'worker-7' });
    const slice = await openSlice(world.ledger, order);
    if (slice.kind !== 'opened') throw new Error(slice.kind);
    const recorded = await world.select(
      `SELECT a.id::text, a.lines, a.account, encode(a.idempotency_key, 'hex') AS key,
         encode(a.body_sha256, 'hex') AS body, al.seq, al.attempt_no, s.send_no, s.epoch, s.send_by, s.worker
       FROM attempts a JOIN attempt_lines al ON al.attempt_id = a.id JOIN sends s ON s.attempt_id = a.id
       WHERE a.batch_no = $1 ORDER BY al.seq`,
      [batchNo],
    );
    expect(recorded).toEqual(
      slice.attempts.map(({ attemptId, body, lines }, index) => ({
        id: attemptId,
        lines: 1,
        account: order.account,
        key: idempotencyKey(world.ledgerId, lines, body),
        body: createHash('sha256').update(body).digest('hex'),
        seq: index + 1,
        attempt_no: 1,
        send_no: 1,
        epoch: taken.epoch,
        send_by: order.sendBy,
        worker: 'worker-7',
      })),
    );
    expect(recorded).toHaveLength(2);
    expect(await lineStates(world, batchNo)).toEqual(['sending', 'sending']);
  });

  it('opens no more than its limits, in order, until nothing is left', async () => {
    const { batchNo } = await releasedBatch(world, { rows: inputRows(7) });
    const taken = await lease(world, { batchNo });
    const limits = { recipientsPerRequest: 2, attempts: 2 };
    const shapes: number[][][] = [];
    for (;;) {
      const slice = await openSlice(world.ledger, sliceOrder(world, taken, { limits }));
      if (slice.kind === 'empty') break;
      if (slice.kind !== 'opened') throw new Error(slice.kind);
      shapes.push(slice.attempts.map((attempt) => attempt.lines.map((line) => line.seq)));
    }
    expect(shapes).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [[5, 6], [7]],
    ]);
  });

  it('puts no phone twice into one attempt', async () => {
    const one = inputRow();
    const rows = [one, { ...one, amount: '200' }, inputRow()];
    const { batchNo } = await releasedBatch(world, { rows });
    const taken = await lease(world, { batchNo });
    const limits = { recipientsPerRequest: 3, attempts: 3 };
    const attempts = await open(world, taken, { limits });
    for (const { lines } of attempts) {
      expect(new Set(lines.map((line) => line.msisdn)).size).toBe(lines.length);
    }
    expect(seqs(attempts).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
  });

  it('opens only lines of its chunk', async () => {
    const { batchNo } = await releasedBatch(world, { rows: inputRows(6), chunkLines: 2 });
    const taken = await lease(world, { batchNo }, { chunk: 1 });
    expect(seqs(await open(world, taken))).toEqual([3, 4]);
  });

  it('never opens a line twice, however many slices are opened at the same time', async () => {
    const { batchNo } = await releasedBatch(world, { rows: inputRows(40) });
    const taken = await lease(world, { batchNo });
    const limits = { recipientsPerRequest: 1, attempts: 3 };
    const openAll = async (): Promise<Slice[]> => {
      const slices = await Promise.all(
        Array.from({ length: 8 }, () =>
          openSlice(world.ledger, sliceOrder(world, taken, { limits })),
        ),
      );
      return slices.every(({ kind }) => kind === 'empty') ? [] : [...slices, ...(await openAll())];
    };
    const opened = (await openAll()).flatMap((slice) =>
      slice.kind === 'opened' ? seqs(slice.attempts) : [],
    );
    expect(opened.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
  });

  it('is fenced when its lease ran out', async () => {
    const { batchNo } = await releasedBatch(world);
    const taken = await lease(world, { batchNo }, { terms: SHORT });
    await eventually(() => isExpired(batchNo));
    const slice = await openSlice(world.ledger, sliceOrder(world, taken));
    expect(slice).toEqual({ kind: 'fenced' });
    expect(await lineStates(world, batchNo)).toEqual(['pending', 'pending', 'pending']);
  });

  it('is fenced with the token or the epoch of another lease', async () => {
    const { batchNo } = await releasedBatch(world);
    const taken = await lease(world, { batchNo });
    const others = [
      { ...taken, epoch: taken.epoch - 1 },
      { ...taken, token: '00000000-0000-4000-8000-000000000000' },
    ];
    for (const other of others) {
      const slice = await openSlice(world.ledger, sliceOrder(world, other));
      expect(slice).toEqual({ kind: 'fenced' });
    }
  });

  it('renews the lease, so that it lasts from the newest slice', async () => {
    const { batchNo } = await releasedBatch(world);
    const terms = { leaseMs: 5_000, rescueAfterMs: 1_000 };
    const taken = await lease(world, { batchNo }, { terms });
    const until = () =>
      world.count(
        `SELECT extract(epoch FROM lease_until - clock_timestamp()) FROM chunks WHERE batch_no = $1`,
        [batchNo],
      );
    expect(await until()).toBeLessThanOrEqual(5);
    await open(world, taken, { terms: LONG });
    expect(await until()).toBeGreaterThan(30);
  });

  it('leaves nothing behind when the request can not be made', async () => {
    const { batchNo } = await releasedBatch(world);
    const taken = await lease(world, { batchNo });
    const encode = () => {
      throw new RangeError('can not be written');
    };
    const opening = openSlice(world.ledger, sliceOrder(world, taken, { encode }));
    await expect(opening).rejects.toThrow(RangeError);
    expect(await lineStates(world, batchNo)).toEqual(['pending', 'pending', 'pending']);
    const left = `SELECT (SELECT count(*) FROM attempts WHERE batch_no = $1)
      + (SELECT count(*) FROM slots WHERE batch_no = $1)`;
    expect(await world.count(left, [batchNo])).toBe(0);
  });
});

async function isExpired(batchNo: number): Promise<boolean> {
  const text =
    'SELECT count(*) FROM chunks WHERE batch_no = $1 AND lease_until < clock_timestamp()';
  return (await world.count(text, [batchNo])) === 1;
}
