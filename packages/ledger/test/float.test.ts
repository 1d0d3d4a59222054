import { chargeAfter, CHARGES, currency, LINE_STATES, lineMoves, postingOf } from '@salio/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  changeFloat,
  checkFloats,
  enterPosting,
  foldFloats,
  handBack,
  listPostings,
  openSlice,
  readControls,
  readFloats,
  retryLines,
  type Float,
} from '../src/index.ts';
import { inputRow, inputRows, OPERATOR, releasedBatch, stateOf } from './support/batches.ts';
import { sentBatch, tell } from './support/news.ts';
import { forge } from './support/facts.ts';
import {
  ACCOUNT,
  accepted,
  answered,
  lease,
  open,
  openBatch,
  recordAll,
  refusal,
  response,
  sliceOrder,
} from './support/sends.ts';
import { expectPosted } from './support/postings.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await expectPosted(world);
  await world[Symbol.asyncDispose]();
});

const KES = currency('KES');
const kes = (whole: number) => ({ currency: KES, units: BigInt(whole) * 10_000n });
const by = { operator: OPERATOR };

async function float(): Promise<Omit<Float, 'account' | 'currency' | 'low' | 'version'>> {
  const [found] = await readFloats(world.ledger);
  if (!found) throw new Error('there is no float');
  const { funded, reserved, spent, due, enforced } = found;
  const whole = (units: bigint) => units / 10_000n;
  return {
    funded: whole(funded),
    reserved: whole(reserved),
    spent: whole(spent),
    due: whole(due),
    enforced,
  };
}

let references = 0;
const topUp = (whole: number, reference = `bank-${(references += 1)}`) =>
  enterPosting(world.ops, {
    ...by,
    account: ACCOUNT,
    kind: 'top_up',
    amount: kes(whole),
    reference,
  });
const enforce = (enforced = true) =>
  changeFloat(world.ops, { ...by, account: ACCOUNT, currency: KES, enforced, reason: 'policy' });
const kinds = async () =>
  (await listPostings(world.ledger, { limit: 100 })).map(({ kind }) => kind).toReversed();

describe('a line that is sent', () => {
  it('reserves its amount, and costs it less its discount once it is accepted', async () => {
    const { attempts } = await openBatch(world, { rows: inputRows(3) });
    expect(await float()).toMatchObject({ reserved: 300n, spent: 0n });
    await recordAll(world, attempts.map(accepted));
    expect(await float()).toMatchObject({ reserved: 0n, spent: 288n });
    expect(await kinds()).toEqual(['reserve', 'post']);
  });

  it('gives its reserve back where it was refused, and reserves again with its retry', async () => {
    const batch = await openBatch(world, { rows: inputRows(1) });
    await recordAll(world, [answered(batch.attempt, response([refusal(batch.attempt)]))]);
    await handBack(world.ledger, batch.taken);
    expect(await float()).toMatchObject({ reserved: 0n, spent: 0n });
    await retryLines(world.ops, { ...by, batchId: batch.batchId });
    await open(world, await lease(world, batch));
    expect(await float()).toMatchObject({ reserved: 100n, spent: 0n });
    expect(await kinds()).toEqual(['reserve', 'void', 'reserve']);
  });

  it('keeps its reserve while nobody knows', async () => {
    const { attempt } = await openBatch(world, { rows: inputRows(1) });
    await recordAll(world, [answered(attempt, { kind: 'lost', reason: 'timeout' })]);
    expect(await float()).toMatchObject({ reserved: 100n });
    expect(await kinds()).toEqual(['reserve']);
  });

  it('is due back where it failed after it was accepted, until the refund is entered', async () => {
    const { requestId } = await sentBatch(world);
    await tell(world, { requestId, status: 'Failed' });
    expect(await float()).toMatchObject({ spent: 0n, due: 96n });
    const refund = { ...by, account: ACCOUNT, kind: 'refund', reference: 'r-1' } as const;
    await expect(enterPosting(world.ops, { ...refund, amount: kes(97) })).rejects.toThrow(
      'no more is due than KES 96.0000',
    );
    await enterPosting(world.ops, { ...refund, amount: kes(96) });
    expect(await float()).toMatchObject({ spent: 0n, due: 0n, funded: 0n });
  });

  it('is a discrepancy where it was paid though nothing was reserved any more', async () => {
    const { requestId, batchNo } = await sentBatch(world);
    await tell(world, { requestId, status: 'Failed' });
    await world.owner.query(`UPDATE lines SET charge = NULL WHERE batch_no = $1`, [batchNo]);
    await tell(world, { requestId });
    const found = await world.select(
      `SELECT batch_no FROM discrepancies WHERE kind = 'paid_without_reserve'`,
    );
    expect(found).toEqual([{ batch_no: batchNo }]);
    expect(await kinds()).toContain('late');
  });
});

describe('a posting that a person enters', () => {
  it('is entered once, however often its reference is given', async () => {
    expect(await topUp(500, 'same')).toMatchObject({ entered: true });
    expect(await topUp(500, 'same')).toMatchObject({ entered: false });
    expect(await float()).toMatchObject({ funded: 500n });
    await expect(topUp(501, 'same')).rejects.toThrow('another amount');
    const both = await Promise.all([topUp(1, 'at once'), topUp(1, 'at once')]);
    expect(both.filter(({ entered }) => entered)).toHaveLength(1);
    expect(await float()).toMatchObject({ funded: 501n });
  });

  it('is on record with who entered it', async () => {
    await topUp(7, 'slip-7');
    const actions = await world.select<{ verb: string; detail: { reference: string } }>(
      `SELECT verb, detail FROM operator_actions WHERE verb = 'float.top_up'`,
    );
    expect(actions).toMatchObject([{ detail: { reference: 'slip-7', amount: 'KES 7.0000' } }]);
    expect(await listPostings(world.ledger, { limit: 1, entered: true })).toMatchObject([
      { kind: 'top_up', operator: OPERATOR, reference: 'slip-7', lines: 0 },
    ]);
  });
});

describe('a float that is kept to', () => {
  it('lets as many lines go as it is enough for, then stops the account; a top-up starts it', async () => {
    await topUp(250);
    await enforce();
    const batch = await releasedBatch(world, { rows: inputRows(4) });
    const taken = await lease(world, batch);
    const attempts = await open(world, taken);
    expect(attempts).toHaveLength(2);
    expect(await float()).toMatchObject({ reserved: 200n, enforced: true });
    const refused = await openSlice(world.ledger, sliceOrder(world, taken));
    expect(refused).toEqual({
      kind: 'stopped',
      by: 'account',
      reason: 'float: KES 50.0000 available, KES 100.0000 wanted: top it up',
    });
    expect(await readControls(world.ledger)).toContainEqual(
      expect.objectContaining({ scope: `account:${ACCOUNT}`, stopped: true }),
    );
    await topUp(150);
    expect(await open(world, taken)).toHaveLength(2);
    expect(await float()).toMatchObject({ reserved: 400n });
    await recordAll(world, attempts.map(accepted));
    expect(await stateOf(world, batch.batchId)).toBe('released');
  });

  it('lets exactly one of two claims at its edge go', async () => {
    await topUp(100);
    await enforce();
    const batches = await Promise.all(
      Array.from({ length: 4 }, () => releasedBatch(world, { rows: inputRows(1) })),
    );
    const leases = await Promise.all(batches.map((batch) => lease(world, batch)));
    const slices = await Promise.all(
      leases.map((taken) => openSlice(world.ledger, sliceOrder(world, taken))),
    );
    const opened = slices.filter((slice) => slice.kind === 'opened' && slice.attempts.length > 0);
    expect(opened).toHaveLength(1);
    expect(await float()).toMatchObject({ funded: 100n, reserved: 100n });
  });

  it('counts what was voided as available again', async () => {
    await topUp(100);
    await enforce();
    const first = await openBatch(world, { rows: [inputRow()] });
    await recordAll(world, [answered(first.attempt, response([refusal(first.attempt)]))]);
    const second = await openBatch(world, { rows: [inputRow()] });
    expect(second.attempts).toHaveLength(1);
    expect(await kinds()).toEqual(['top_up', 'reserve', 'void', 'reserve']);
  });

  it('stops nothing where another reason stopped the account, and says the version', async () => {
    const { version } = await enforce();
    const change = { ...by, account: ACCOUNT, currency: KES, reason: 'x', version: version + 1 };
    await expect(changeFloat(world.ops, change)).rejects.toThrow('version');
    expect(await enforce(false)).toMatchObject({ enforced: false, version: version + 1 });
  });
});

describe('sums', () => {
  it('stay the same when they are folded, beside others', async () => {
    await sentBatch(world, { rows: inputRows(5) });
    const before = await float();
    expect(await foldFloats(world.ledger)).toBeGreaterThan(0);
    await foldFloats(world.ledger);
    expect(await world.count('SELECT count(*) FROM float_sums')).toBe(1);
    expect(await float()).toEqual(before);
  });

  it('that differ from postings, and lines that differ from these, are found', async () => {
    await sentBatch(world);
    await forge(world, 'UPDATE float_sums SET spent = spent + 1');
    const { differences } = await checkFloats(world.ledger);
    expect(differences).toMatchObject([{ between: 'sums', account: ACCOUNT }]);
    await forge(world, 'UPDATE float_sums SET spent = spent - 1', 'UPDATE lines SET discount = 0');
    expect((await checkFloats(world.ledger)).differences).toMatchObject([{ between: 'lines' }]);
    await forge(world, 'UPDATE lines SET discount = 40000');
  });
});

it('charges lines as the domain does, on every move', async () => {
  const { batchNo } = await sentBatch(world);
  const charges = [undefined, ...CHARGES];
  const differing: string[] = [];
  const client = await world.owner.connect();
  try {
    for (const from of LINE_STATES)
      for (const to of LINE_STATES.filter((state) => lineMoves.allows(from, state)))
        for (const charge of charges) {
          await client.query('BEGIN');
          await client.query(
            `SET LOCAL session_replication_role TO replica; UPDATE lines SET state = '${from}', charge = ${charge ? `'${charge}'` : 'NULL'};
             SET LOCAL session_replication_role TO origin`,
          );
          const { rows } = await client.query<{ charge: string | null }>(
            'UPDATE lines SET state = $2 WHERE batch_no = $1 RETURNING charge',
            [batchNo, to],
          );
          const { rows: posted } = await client.query<{ kind: string }>(
            'SELECT kind, reserved, spent, due FROM postings ORDER BY id OFFSET 2',
          );
          await client.query('ROLLBACK');
          const after = chargeAfter(charge, to);
          const line = { amount: 1_000_000n, discount: 40_000n };
          const posting = postingOf({ ...line, charge }, { ...line, charge: after });
          const expected = posting ? [told3(posting)] : [];
          if (
            rows[0]?.charge !== (after ?? null) ||
            JSON.stringify(posted.map(told3)) !== JSON.stringify(expected)
          )
            differing.push(
              `${from} → ${to}, ${charge}: ${rows[0]?.charge} ${JSON.stringify(posted)}`,
            );
        }
  } finally {
    client.release();
  }
  expect(differing).toEqual([]);
});

const told3 = (posting: object) => {
  const { kind, reserved, spent, due } = { kind: '', reserved: 0, spent: 0, due: 0, ...posting };
  return `${kind} ${String(reserved)} ${String(spent)} ${String(due)}`;
};
