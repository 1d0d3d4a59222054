import { ADOPTION_DOUBTS } from '@salio/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adopt, findAdoptions, handBack, readUnattributedNews } from '../src/index.ts';
import { inputRow } from './support/batches.ts';
import { tell } from './support/unattributed.ts';
import {
  accepted,
  ACCOUNT,
  answered,
  entry,
  newRequestId,
  openBatch,
  recordAll,
  response,
} from './support/sends.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const terms = { waitMs: 0 };

async function lostPhone(): Promise<string> {
  const { attempt, taken } = await openBatch(world, { rows: [inputRow()] });
  await recordAll(world, [answered(attempt, { kind: 'lost', reason: 'timeout' })]);
  await handBack(world.ledger, taken);
  return attempt.lines[0]?.msisdn ?? '';
}

describe('unattributed news', () => {
  it('is listed once per id, the oldest first, with the phone masked and the reason', async () => {
    const requestId = newRequestId();
    await tell(world, { requestId, agoMs: 9_000 });
    await tell(world, { requestId, msisdn: '+254711000111', agoMs: 8_000 });
    const minimal = newRequestId();
    await tell(world, { requestId: minimal, status: 'Failed' });
    const list = await readUnattributedNews(world.ledger, terms, 10);
    expect(list).toEqual({
      ids: 2,
      successes: 1,
      examples: [
        {
          requestId,
          account: ACCOUNT,
          status: 'Success',
          msisdn: '+25471•••111',
          amount: { currency: 'KES', units: 1_000_000n },
          receivedAt: expect.any(Date),
          because: 'no_line',
        },
        expect.objectContaining({ requestId: minimal, msisdn: undefined, because: 'no_wish' }),
      ],
    });
    expect(await readUnattributedNews(world.ledger, terms, 1)).toMatchObject({
      ids: 2,
      examples: [{ requestId }],
    });
    expect(ADOPTION_DOUBTS.no_line).toContain('no line');
  });

  it('is not what is young, or what a line has an id of', async () => {
    const batch = await openBatch(world, { rows: [inputRow()] });
    const own = entry(batch.attempt);
    await recordAll(world, [answered(batch.attempt, response([own]))]);
    await tell(world, { requestId: own.requestId });
    expect(await readUnattributedNews(world.ledger, terms, 10)).toMatchObject({ ids: 0 });
    await tell(world, { requestId: newRequestId() });
    const patient = { waitMs: 60_000 };
    expect(await readUnattributedNews(world.ledger, patient, 10)).toMatchObject({ ids: 0 });
    expect(await readUnattributedNews(world.ledger, terms, 10)).toMatchObject({ ids: 1 });
  });

  it('that fits a line is asked for; the reason is another when the provider did not confirm it', async () => {
    const phone = await lostPhone();
    await tell(world, { requestId: newRequestId(), msisdn: phone });
    const reason = async () =>
      (await readUnattributedNews(world.ledger, terms, 1)).examples[0]?.because;
    expect(await reason()).toBe('asked');
    const search = { ...terms, account: ACCOUNT, limit: 10 };
    const asked = (await findAdoptions(world.ledger, search)).map((proposal) => ({
      ...proposal,
      enquiries: proposal.requestIds.map((requestId) => ({
        requestId,
        status: 'Sent' as const,
        httpStatus: 200,
        body: '{"status":"Sent"}',
        reason: '',
      })),
    }));
    expect(await adopt(world.ledger, asked, terms)).toEqual({ adopted: 0, passed: 1 });
    expect(await reason()).toBe('not_confirmed');
  });
});

describe('looking for the line of an unknown id', () => {
  it('reads no table of lines or facts from one end to the other', async () => {
    const batch = await openBatch(
      world,
      { rows: Array.from({ length: 500 }, () => inputRow()) },
      { limits: { recipientsPerRequest: 1, attempts: 500 } },
    );
    await recordAll(world, batch.attempts.map(accepted));
    await handBack(world.ledger, batch.taken);
    const phone = await lostPhone();
    await tell(world, { requestId: newRequestId(), msisdn: phone });
    const before = await scans(world);
    const search = { ...terms, account: ACCOUNT, limit: 10 };
    const found = await findAdoptions(world.ledger, search);
    expect(found).toHaveLength(1);
    const enquiries = found.flatMap(({ requestIds }) =>
      requestIds.map((requestId) => ({
        requestId,
        status: 'Success' as const,
        httpStatus: 200,
        body: '',
        reason: '',
      })),
    );
    await adopt(
      world.ledger,
      found.map((proposal) => ({ ...proposal, enquiries })),
      terms,
    );
    expect(await scans(world)).toEqual(before);
  });
});

/** Sequential scans so far, per table that grows. */
async function scans(of: World) {
  // What a connection counted is written down when it is asked for, or ends.
  await Promise.all(
    Array.from({ length: 12 }, () => of.ledger.pool.query('SELECT pg_stat_force_next_flush()')),
  );
  return of.select(
    `SELECT relname, seq_scan FROM pg_stat_user_tables
     WHERE relname IN ('lines', 'recipients', 'attempts', 'attempt_lines', 'sends', 'endings', 'adoptions', 'inbox',
       'enquiries', 'notifications') ORDER BY relname`,
  );
}
