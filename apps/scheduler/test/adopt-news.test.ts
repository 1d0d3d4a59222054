import { migrateLedger, openLedger, type Ledger } from '@salio/ledger';
import { createTestDatabase } from '@salio/testkit';
import { Pool } from 'pg';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { adoptNews } from '../src/adopt-news.ts';
import type { Enquirer } from '../src/enquirer.ts';

const ACCOUNT = 'africastalking/sandbox';
const NONE = { adopted: 0, passed: 0 };

let owner: Pool;
let ledger: Ledger;
let asked: string[];

beforeEach(async () => {
  const migrate = async (url: string) => {
    await migrateLedger(url);
  };
  const template = { name: 'ledger', migrate };
  const database = await createTestDatabase(inject('services'), { template });
  owner = new Pool({ connectionString: database.ownerUrl, max: 2 });
  ledger = openLedger({ url: database.appUrl, name: 'scheduler-test', connections: 4 });
  asked = [];
});
afterEach(async () => {
  await ledger[Symbol.asyncDispose]();
  await owner.end();
});

/** A provider that says Success of every id, until it has been asked for `most`. */
function enquirerOf(most: number, account = ACCOUNT): Enquirer {
  return {
    account,
    ask: async (choose) => {
      const chosen = await choose(10);
      asked.push(...chosen.map(({ requestId }) => requestId));
      const answer = { status: 'Success', httpStatus: 200, body: '', reason: '' } as const;
      return chosen.slice(0, most).map((request) => ({ ...request, ...answer }));
    },
  };
}

const deps = (enquirer: Enquirer | undefined) => ({ ledger, enquirer, terms: { waitMs: 0 } });

/** Lines of equal phone and amount whose answers were lost, and as many ids that a Success was told of. */
async function lostLines(count: number): Promise<void> {
  await owner.query(
    `WITH n AS (SELECT n FROM generate_series(1, ${count}) n),
     l AS (INSERT INTO lines (batch_no, seq, amount, currency, state, attempt_no)
       SELECT 1, n, 100000, 'KES', 'unresolved', 1 FROM n),
     r AS (INSERT INTO recipients (batch_no, seq, msisdn) SELECT 1, n, '+254711000001' FROM n),
     a AS (INSERT INTO attempts (id, batch_no, chunk, lines, account, idempotency_key, body_sha256)
       OVERRIDING SYSTEM VALUE SELECT n, 1, 0, 1, '${ACCOUNT}', int4send(n), '' FROM n),
     m AS (INSERT INTO attempt_lines (batch_no, seq, attempt_no, attempt_id) SELECT 1, n, 1, n FROM n)
     INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker) SELECT n, 1, 1, now(), 'worker' FROM n`,
  );
  await owner.query(
    `WITH told AS (INSERT INTO notifications (account, request_id, status, amount, amount_currency, body_sha256)
       SELECT '${ACCOUNT}', 'ATQid_' || n, 'Success', 100000, 'KES', '' FROM generate_series(1, ${count}) n
       RETURNING id, account, request_id, status)
     INSERT INTO inbox (notification_id, account, request_id, status, msisdn, currency, amount)
     SELECT id, account, request_id, status, '+254711000001', 'KES', 100000 FROM told`,
  );
}

async function states(): Promise<string[]> {
  const { rows } = await owner.query<{ state: string }>('SELECT state FROM lines ORDER BY seq');
  return rows.map(({ state }) => state);
}

it('asks for unknown ids that fit, and gives them to their lines', async () => {
  await lostLines(2);
  expect(await adoptNews(deps(enquirerOf(10)))).toEqual({ adopted: 2, passed: 0 });
  expect(asked.toSorted()).toEqual(['ATQid_1', 'ATQid_2']);
  expect(await states()).toEqual(['succeeded', 'succeeded']);
  expect(await adoptNews(deps(enquirerOf(10)))).toEqual(NONE);
});

it('gives none where a stop kept one of them from being asked', async () => {
  await lostLines(2);
  expect(await adoptNews(deps(enquirerOf(1)))).toEqual({ adopted: 0, passed: 2 });
  expect(await states()).toEqual(['unresolved', 'unresolved']);
});

it('asks for nothing of another account, nor where nobody can be asked', async () => {
  await lostLines(1);
  expect(await adoptNews(deps(enquirerOf(10, 'other')))).toEqual(NONE);
  expect(await adoptNews(deps(undefined))).toEqual(NONE);
  expect(asked).toEqual([]);
});
