import { batchId, currency } from '@salio/domain';
import { eventually } from '@salio/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import {
  confirmDecision,
  Conflict,
  NotFound,
  planRetry,
  previewConfirmation,
  previewDecision,
} from '../src/index.ts';
import { inputRows, lineStates, OPERATOR } from './support/batches.ts';
import {
  BY_KEY,
  AT_ONCE,
  confirm,
  decide,
  lostBatch,
  OTHER,
  propose,
  rescue,
  resolutionsOf,
} from './support/decisions.ts';
import { accepted, countSlots, expectKinds, openBatch, recordAll } from './support/sends.ts';
import { obstruct, openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const countDecisions = () => world.count('SELECT count(*) FROM decisions');
const actions = (verb: string, decisionId: string) =>
  world.select<{ operator: string; reason: string; detail: unknown }>(
    'SELECT operator, reason, detail FROM operator_actions WHERE verb = $1 AND subject = $2',
    [verb, `decision ${decisionId}`],
  );
const KES_200 = [{ currency: currency('KES'), units: 2_000_000n }] as const;

describe('a decision', () => {
  it('moves nothing when one person proposes it, and writes down which lines it is about', async () => {
    const batch = await lostBatch(world, { rows: inputRows(2) });
    const proposed = await propose(world, batch);
    expect(proposed).toMatchObject({
      lines: 2,
      sums: KES_200,
      texts: [{ text: 'unknown: timeout', lines: 2 }],
      refused: {},
      hours: 24,
    });
    expect(await lineStates(world, batch.batchNo)).toEqual(['unresolved', 'unresolved']);
    const lines = 'SELECT batch_no, seq, attempt_no FROM decision_lines WHERE decision_id = $1';
    expect(await world.select(lines, [proposed.decisionId])).toEqual(
      [1, 2].map((seq) => ({ batch_no: batch.batchNo, seq, attempt_no: 1 })),
    );
    expect(await actions('lines.decide.propose', proposed.decisionId)).toMatchObject([
      { operator: OPERATOR, detail: { verdict: 'unpaid', lines: 2, sums: ['KES 200.0000'] } },
    ]);
  });

  it.each([
    ['unpaid', 'failed'],
    ['paid', 'succeeded'],
  ] as const)('of %s makes lines %s when another person confirms it', async (verdict, state) => {
    const batch = await lostBatch(world, { rows: inputRows(2) });
    const { decisionId } = await propose(world, batch, { verdict });
    expect(await confirm(world, decisionId)).toMatchObject({
      lines: 2,
      sums: KES_200,
      refused: {},
      adopted: 0,
      proposal: { operator: OPERATOR, verdict },
    });
    expect(await lineStates(world, batch.batchNo)).toEqual([state, state]);
    expect(await countSlots(world, batch.batchNo)).toBe(0);
    const moved = { from_state: 'unresolved', to_state: state, evidence: 'decision' };
    const resolution = { ...moved, evidence_id: decisionId, request_id: null, attempt_no: 1 };
    expect(await resolutionsOf(world, batch)).toEqual([resolution, resolution]);
    expect(
      await world.select(
        'SELECT operator, verdict, lines, sums FROM decisions WHERE confirms = $1',
        [decisionId],
      ),
    ).toEqual([{ operator: OTHER, verdict, lines: 2, sums: { KES: '2000000' } }]);
    expect(await actions('lines.decide', decisionId)).toMatchObject([
      { operator: OTHER, reason: 'I agree', detail: { operators: [OPERATOR, OTHER], lines: 2 } },
    ]);
  });

  it('is confirmed once when three people do it at once', async () => {
    const batch = await lostBatch(world);
    const { decisionId } = await propose(world, batch);
    const given = await Promise.allSettled(
      ['baraka', 'chausiku', 'daudi'].map((operator) => confirm(world, decisionId, { operator })),
    );
    expect(given.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of given) {
      if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(Conflict);
    }
    expect(await resolutionsOf(world, batch)).toHaveLength(1);
  });

  it('moves a line once where two proposals are about it and are confirmed at once', async () => {
    const batch = await lostBatch(world);
    const proposals = [
      await propose(world, batch),
      await propose(world, batch, { verdict: 'paid' }),
    ];
    const given = await Promise.allSettled(
      proposals.map(({ decisionId }) => confirm(world, decisionId)),
    );
    expect(given.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await resolutionsOf(world, batch)).toHaveLength(1);
  });

  it('that fails half-way has changed nothing', async () => {
    const batch = await lostBatch(world, { rows: inputRows(2) });
    const { decisionId } = await propose(world, batch);
    const breakOff = async (table: string, verb: () => Promise<unknown>) => {
      await world.owner.query(`
        CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken off'; END $$;
        CREATE TRIGGER break_off BEFORE INSERT ON ${table} EXECUTE FUNCTION break_off()`);
      try {
        await expect(verb()).rejects.toThrow('broken off');
      } finally {
        await world.owner.query('DROP FUNCTION break_off CASCADE');
      }
    };
    const before = await countDecisions();
    await breakOff('decision_lines', () => propose(world, batch));
    await breakOff('operator_actions', () => confirm(world, decisionId));
    expect(await countDecisions()).toBe(before);
    expect(await lineStates(world, batch.batchNo)).toEqual(['unresolved', 'unresolved']);
    expect(await countSlots(world, batch.batchNo)).toBe(2);
    expect(await confirm(world, decisionId)).toMatchObject({ lines: 2 });
  });

  it('passes over lines that were resolved since it was proposed, and says so', async () => {
    const batch = await lostBatch(world, { rows: inputRows(2) });
    const { decisionId } = await propose(world, batch, { verdict: 'paid' });
    await world.owner.query("UPDATE lines SET state = 'sent' WHERE batch_no = $1 AND seq = 1", [
      batch.batchNo,
    ]);
    expect(
      await previewConfirmation(world.ledger, {
        operator: OTHER,
        access: BY_KEY,
        decisionId,
        terms: AT_ONCE,
      }),
    ).toMatchObject({ lines: 1, refused: { not_unresolved: 1 } });
    expect(await confirm(world, decisionId)).toMatchObject({
      lines: 1,
      sums: [{ currency: 'KES', units: 1_000_000n }],
      refused: { not_unresolved: 1 },
    });
    expect(await lineStates(world, batch.batchNo)).toEqual(['sent', 'succeeded']);
    const kept = 'SELECT lines, selection FROM decisions WHERE confirms = $1';
    expect(await world.select(kept, [decisionId])).toEqual([
      { lines: 1, selection: { passedOver: { not_unresolved: 1 }, adopted: 0 } },
    ]);
  });

  it('is not confirmed straight on the database, under whatever name', async () => {
    const batch = await lostBatch(world);
    const { decisionId } = await propose(world, batch);
    const order = { operator: OTHER, decisionId, reason: 'I agree', terms: AT_ONCE };
    await expect(confirmDecision(world.ledger, order)).rejects.toMatchObject({
      kind: 'second_person',
    });
    expect(await lineStates(world, batch.batchNo)).toEqual(['unresolved']);
  });

  it('waits for an answer that is being recorded, and believes that', async () => {
    const batch = await lostBatch(world);
    const { decisionId } = await propose(world, batch);
    const recording = await obstruct(world, "UPDATE lines SET state = 'sent' WHERE batch_no = $1", [
      batch.batchNo,
    ]);
    const confirming = Promise.allSettled([confirm(world, decisionId)]);
    await eventually(() => recording.blocks());
    await recording.client.query('COMMIT');
    const [outcome] = await confirming;
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(Conflict) });
    await recording.end();
    expect(await lineStates(world, batch.batchNo)).toEqual(['sent']);
  });

  it('of paid strikes a replay that was planned', async () => {
    const batch = await lostBatch(world);
    await world.owner.query(
      "UPDATE lines SET replay_by = now() + interval '1 hour', not_before = now() WHERE batch_no = $1",
      [batch.batchNo],
    );
    await decide(world, batch, 'paid');
    const planned = 'SELECT count(*) FROM lines WHERE batch_no = $1 AND replay_by IS NOT NULL';
    expect(await world.count(planned, [batch.batchNo])).toBe(0);
  });

  it('does not hide that the provider took the line after all', async () => {
    const batch = await openBatch(world, { rows: inputRows(1) });
    await rescue(world, batch);
    await decide(world, batch, 'unpaid');
    await recordAll(world, [accepted(batch.attempt)]);
    expect(await lineStates(world, batch.batchNo)).toEqual(['failed']);
    await expectKinds(world, batch.batchNo, ['accepted_late']);
    const order = { batchId: batch.batchId, operator: OPERATOR };
    expect(await planRetry(world.ledger, order)).toMatchObject({
      lines: 0,
      refused: { success_unattributed: 1 },
    });
  });
});

describe('a decision is a conflict', () => {
  it.each([OPERATOR, ` ${OPERATOR.toUpperCase()} `])(
    'for the same person: "%s"',
    async (operator) => {
      const batch = await lostBatch(world);
      const { decisionId } = await propose(world, batch);
      const confirming = confirm(world, decisionId, { operator });
      await expect(confirming).rejects.toThrow(Conflict);
      await expect(confirming).rejects.toThrow('another person must confirm it');
      expect(await lineStates(world, batch.batchNo)).toEqual(['unresolved']);
    },
  );

  it('after a day', async () => {
    const batch = await lostBatch(world);
    const { decisionId } = await propose(world, batch);
    await world.owner.query(
      `ALTER TABLE decisions DISABLE TRIGGER append_only;
       UPDATE decisions SET at = at - interval '24 hours' WHERE id = ${decisionId};
       ALTER TABLE decisions ENABLE TRIGGER append_only`,
    );
    await expect(confirm(world, decisionId)).rejects.toThrow('more than 24 hours ago');
  });

  it('when it was confirmed already', async () => {
    const batch = await lostBatch(world);
    const { decisionId } = await propose(world, batch);
    await confirm(world, decisionId);
    await expect(confirm(world, decisionId)).rejects.toThrow(`was confirmed by ${OTHER}`);
    const confirmation = 'SELECT id FROM decisions WHERE confirms = $1';
    const id = String(await world.count(confirmation, [decisionId]));
    await expect(confirm(world, id)).rejects.toThrow(NotFound);
  });

  it('where it is not what the operator expected', async () => {
    const batch = await lostBatch(world, { rows: inputRows(2) });
    const before = await countDecisions();
    const [sum] = KES_200;
    for (const expected of [
      { lines: 3 },
      { sums: [] },
      { lines: 2, sums: [{ ...sum, units: 1n }] },
    ]) {
      await expect(propose(world, batch, { expected })).rejects.toThrow('not what was expected');
    }
    expect(await countDecisions()).toBe(before);
    const expected = { lines: 2, sums: KES_200 };
    expect(await propose(world, batch, { expected })).toMatchObject({ lines: 2 });
  });

  it('in a database that was restored and is not trusted', async () => {
    const batch = await lostBatch(world);
    const { decisionId } = await propose(world, batch);
    const trust = (timeline: string) =>
      world.owner.query(
        `INSERT INTO trusts (system_identifier, timeline, operators, at)
         SELECT system_identifier, ${timeline}, '{amina,baraka}', '2020-01-01' FROM database_incarnation()`,
      );
    await trust('timeline + 1');
    try {
      await expect(propose(world, batch)).rejects.toThrow('recover it');
      await expect(confirm(world, decisionId)).rejects.toThrow('recover it');
    } finally {
      await trust('timeline');
    }
  });

  it('without a reason, and finds nothing where there is no such batch or proposal', async () => {
    const batch = await lostBatch(world);
    await expect(propose(world, batch, { reason: ' ' })).rejects.toThrow('needs a reason');
    await expect(confirm(world, '999999')).rejects.toThrow(NotFound);
    const selection = { batchId: batchId('00000000-0000-8000-8000-000000000000') };
    const asked = { verdict: 'paid', terms: AT_ONCE, selection } as const;
    await expect(previewDecision(world.ledger, asked)).rejects.toThrow(NotFound);
  });
});
