import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  applyNotifications,
  listAlarms,
  lookForAlarms,
  pauseBatch,
  pauseStoppedBatch,
  raiseAlarms,
  rescueChunks,
  resumeBatch,
  sealFacts,
  startClaims,
  stopClaims,
} from '../src/index.ts';
import { HOURLY, openAlarms, watch } from './support/alarms.ts';
import { checkedBatch, OPERATOR, releasedBatch } from './support/batches.ts';
import { confirm, decide, lostBatch, propose } from './support/decisions.ts';
import { forge } from './support/facts.ts';
import { accepted, ACCOUNT, lease, NO_REPLAY, openBatch, recordAll } from './support/sends.ts';
import { tell } from './support/unattributed.ts';
import { notTaken, taken, takeOne, toldSource } from './support/webhooks.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const SCOPE = `account:${ACCOUNT}` as const;
const operator = OPERATOR;
const BEFORE = "now() - interval '2 hours'";
const TERMS = { unknownMs: 3_600_000, unknownMaxMs: 3_600_000, inFlightMs: 1_000, limit: 100 };
const stop = () => stopClaims(world.ledger, { scope: SCOPE, reason: 'http_401', operator });
const start = () => startClaims(world.ledger, { operator });
const age = (table: string, column: string) =>
  forge(world, `UPDATE ${table} SET ${column} = ${BEFORE}`);

/** What has to happen for an alarm, its subject, and what ends it. */
interface Scenario {
  readonly subject: string;
  readonly end: () => Promise<unknown>;
}

const SCENARIOS: Readonly<Record<string, () => Promise<Scenario>>> = {
  async webhook_failing() {
    const { source, endpointId } = await toldSource(world, ['batch.checked']);
    await checkedBatch(world, { source });
    await notTaken(world, await takeOne(world), { againMs: 0 });
    await age('webhook_endpoints', 'failing_since');
    const end = async () => taken(world, await takeOne(world));
    return { subject: `webhook:${endpointId}`, end };
  },
  async database_untrusted() {
    await world.owner.query(
      `INSERT INTO trusts (system_identifier, timeline, operators) VALUES ('1', 7, '{}')`,
    );
    const trust = `INSERT INTO trusts (system_identifier, timeline, operators)
      SELECT system_identifier, timeline, '{a,b}' FROM database_incarnation()`;
    return { subject: 'system', end: () => world.owner.query(trust) };
  },
  async account_stopped() {
    await stop();
    return { subject: SCOPE, end: start };
  },
  async batch_left_paused() {
    const { batchId } = await releasedBatch(world);
    await pauseBatch(world.ledger, { batchId, operator });
    await age('batches', 'state_at');
    return { subject: batchId, end: () => resumeBatch(world.ledger, { batchId, operator }) };
  },
  async nothing_active() {
    const batch = await releasedBatch(world);
    await age('batches', 'state_at');
    return { subject: 'system', end: () => lease(world, batch) };
  },
  async rescue_behind() {
    await lease(world, await releasedBatch(world));
    await age('chunks', 'rescue_at');
    return { subject: 'system', end: () => rescueChunks(world.ledger, NO_REPLAY) };
  },
  async unresolved_old() {
    const batch = await lostBatch(world);
    await age('lines', 'updated_at');
    return { subject: 'system', end: () => decide(world, batch, 'paid') };
  },
  async decision_waiting() {
    const { decisionId } = await propose(world, await lostBatch(world));
    await age('decisions', 'at');
    return { subject: 'system', end: () => confirm(world, decisionId) };
  },
  async news_behind() {
    await tell(world, { requestId: 'ATQid_late', agoMs: 7_200_000, account: 'not ours' });
    return { subject: 'system', end: () => applyNotifications(world.ledger, TERMS) };
  },
  async news_unattributed() {
    await openBatch(world, {});
    await tell(world, { requestId: 'ATQid_other', agoMs: 7_200_000 });
    await applyNotifications(world.ledger, TERMS);
    return { subject: SCOPE, end: () => world.owner.query('DELETE FROM inbox') };
  },
  async credited_twice() {
    await insertDiscrepancy('credited_twice');
    return { subject: 'system', end: dayPasses };
  },
  async discrepancy_seen() {
    await insertDiscrepancy('accepted_late');
    return { subject: 'system', end: dayPasses };
  },
  async sealing_behind() {
    await releasedBatch(world);
    await age('operator_actions', 'at');
    return { subject: 'system', end: () => sealFacts(world.ledger) };
  },
};

const insertDiscrepancy = (kind: string) =>
  world.owner.query(`INSERT INTO discrepancies (kind, detail) VALUES ($1, '')`, [kind]);
const dayPasses = () => forge(world, "UPDATE discrepancies SET at = now() - interval '25 hours'");

describe.each(Object.entries(SCENARIOS))('the alarm %s', (kind, arrange) => {
  it('is raised, stands, and is cleared when it is over', async () => {
    const { subject, end } = await arrange();
    // What was made older here than it is would wait to be sealed for that long.
    if (kind !== 'sealing_behind') await sealFacts(world.ledger);
    expect(await watch(world)).toEqual({ raised: 1, changed: 0, cleared: 0 });
    expect(await openAlarms(world)).toEqual([`${kind} ${subject}`]);
    expect(await watch(world)).toMatchObject({ raised: 0, cleared: 0 });
    await end();
    expect(await watch(world)).toEqual({ raised: 0, changed: 0, cleared: 1 });
    expect(await openAlarms(world)).toEqual([]);
  });
});

it('tells of all batches that an account has stopped in one alarm, beside that of the stop', async () => {
  const batches = [await releasedBatch(world), await releasedBatch(world)];
  await stop();
  for (const { batchNo } of batches)
    await pauseStoppedBatch(world.ledger, { batchNo, account: ACCOUNT });
  await watch(world);
  expect(await openAlarms(world)).toEqual([`account_stopped ${SCOPE}`]);
  await age('batches', 'state_at');
  await watch(world);
  expect(await openAlarms(world)).toEqual([`account_stopped ${SCOPE}`, `batch_paused ${SCOPE}`]);
  const [alarm] = await listAlarms(world.ledger, { open: true, limit: 1 });
  expect(alarm).toMatchObject({ severity: 'page', detail: expect.stringMatching(/^2 batches/) });
  await start();
  expect(await watch(world)).toMatchObject({ cleared: 2 });
});

describe('nobody is woken', () => {
  it('where nothing is under way, or a person has not released a batch yet', async () => {
    await checkedBatch(world);
    await age('batches', 'state_at');
    expect(await watch(world)).toEqual({ raised: 0, changed: 0, cleared: 0 });
  });

  const waits: readonly (readonly [string, string])[] = [
    ['whose time has not come', "not_before = now() + interval '1 hour'"],
    ['whose time came a moment ago', "not_before = now() - interval '1 minute'"],
    [
      'in its quiet hours',
      `quiet_from = (now() AT TIME ZONE 'UTC')::time - interval '30 minutes',
       quiet_until = (now() AT TIME ZONE 'UTC')::time + interval '30 minutes', quiet_zone = 'UTC'`,
    ],
    [
      'whose quiet hours ended a moment ago',
      `quiet_from = (now() AT TIME ZONE 'UTC')::time - interval '90 minutes',
       quiet_until = (now() AT TIME ZONE 'UTC')::time - interval '1 minute', quiet_zone = 'UTC'`,
    ],
    ['that has expired', "expires_at = now() - interval '1 second'"],
  ];
  it.each(waits)('by a batch %s', async (_, terms) => {
    await releasedBatch(world);
    await world.owner.query(`UPDATE batches SET state_at = ${BEFORE}, ${terms}`);
    const { work } = await lookForAlarms(world.ledger, HOURLY);
    expect(work).toEqual({ waitingBatches: 0, idleMs: undefined });
    expect(await watch(world)).toMatchObject({ raised: 0 });
  });

  it('by chunks whose lines wait for a busy slot', async () => {
    await releasedBatch(world);
    await age('batches', 'state_at');
    await world.owner.query("UPDATE chunks SET not_before = now() + interval '1 minute'");
    expect(await watch(world)).toMatchObject({ raised: 0 });
  });

  it('while lines are claimed, also between two leases', async () => {
    const batch = await openBatch(world, {});
    await releasedBatch(world);
    await age('batches', 'state_at');
    expect((await lookForAlarms(world.ledger, HOURLY)).work).toEqual({
      waitingBatches: 1,
      idleMs: 0,
    });
    await recordAll(world, [accepted(batch.attempt)]);
    await world.owner.query('UPDATE chunks SET lease_token = NULL, rescue_at = NULL');
    expect(await watch(world)).toMatchObject({ raised: 0 });
    await sealFacts(world.ledger);
    await age('attempts', 'opened_at');
    expect(await watch(world)).toMatchObject({ raised: 1 });
  });
});

describe('raised alarms', () => {
  const lookedAt = 'now';
  const one = { kind: 'redis_away', subject: 'system', detail: 'for 1 min' } as const;
  const other = { kind: 'slowed_down', subject: 'account:a', detail: 'slow' } as const;
  const raise = (standing: readonly (typeof one | typeof other)[], unjudged = {}) =>
    raiseAlarms(world.ledger, { standing, unjudged: [], lookedAt, ...unjudged });

  it('change their words only where these differ', async () => {
    await raise([one]);
    const changedAt = async () => (await listAlarms(world.ledger, { limit: 1 }))[0]?.changedAt;
    const before = await changedAt();
    expect(await raise([one])).toEqual({ raised: 0, changed: 0, cleared: 0 });
    expect(await changedAt()).toEqual(before);
    const words = { ...one, detail: 'for 2 min' };
    expect(
      await raiseAlarms(world.ledger, { standing: [words], unjudged: [], lookedAt }),
    ).toMatchObject({ changed: 1 });
    expect(await listAlarms(world.ledger, { limit: 1 })).toMatchObject([{ detail: 'for 2 min' }]);
  });

  it('stay where they could not be judged, of a kind or of one subject', async () => {
    await raise([one, other]);
    const unjudged = [
      { kind: 'redis_away' },
      { kind: 'slowed_down', subject: 'account:b' },
    ] as const;
    expect(await raise([], { unjudged })).toMatchObject({ cleared: 1 });
    expect(await openAlarms(world)).toEqual(['redis_away system']);
  });

  it('are raised once by many schedulers at once, and cleared once', async () => {
    const many = Array.from({ length: 8 }, (_, at) => at);
    const raised = await Promise.all(
      many.map((at) => raise(at % 2 === 0 ? [one, other] : [other, one])),
    );
    expect(raised.reduce((sum, counts) => sum + counts.raised, 0)).toBe(2);
    const cleared = await Promise.all(many.map(() => raise([])));
    expect(cleared.reduce((sum, counts) => sum + counts.cleared, 0)).toBe(2);
    expect(await world.count('SELECT count(*) FROM alarms')).toBe(2);
  });

  it('are not cleared by who looked before they were there', async () => {
    const look = await lookForAlarms(world.ledger, HOURLY);
    await raise([one]);
    const stale = { standing: [], unjudged: [], lookedAt: look.lookedAt };
    expect(await raiseAlarms(world.ledger, stale)).toMatchObject({ cleared: 0 });
    expect(await raise([])).toMatchObject({ cleared: 1 });
  });

  it('come again as new ones', async () => {
    await raise([one]);
    await raise([]);
    expect(await raise([one])).toMatchObject({ raised: 1 });
    expect(await listAlarms(world.ledger, { limit: 10 })).toMatchObject([
      { clearedAt: undefined },
      { clearedAt: expect.any(Date) },
    ]);
  });

  it('are listed in pages, the newest first, all or only those that stand or are over', async () => {
    await raise([one]);
    await raise([other]);
    await raise([one, other]);
    const list = async (query: object) =>
      (await listAlarms(world.ledger, { limit: 2, ...query })).map(({ kind }) => kind);
    expect(await list({})).toEqual(['redis_away', 'slowed_down']);
    const [, last] = await listAlarms(world.ledger, { limit: 2 });
    expect(await list({ after: last?.id })).toEqual(['redis_away']);
    expect(await list({ open: true })).toEqual(['redis_away', 'slowed_down']);
    expect(await list({ open: true, after: last?.id })).toEqual([]);
    expect(await list({ open: false })).toEqual(['redis_away']);
    await expect(list({ after: 'x' })).rejects.toThrow(RangeError);
    await expect(list({ limit: 0 })).rejects.toThrow(RangeError);
  });
});
