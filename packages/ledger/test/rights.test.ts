import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSubmission, deliver, releasedBatch } from './support/batches.ts';
import { recordEveryFact } from './support/facts.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
const { appUrl, ownerUrl, readerUrl, retentionUrl } = world.database;
const pools = {
  app: new Pool({ connectionString: appUrl }),
  owner: new Pool({ connectionString: ownerUrl }),
  callbacks: new Pool({ connectionString: world.database.callbacksUrl }),
  reader: new Pool({ connectionString: readerUrl }),
  retention: new Pool({ connectionString: retentionUrl }),
};
afterAll(async () => {
  await Promise.all(Object.values(pools).map((pool) => pool.end()));
  await world[Symbol.asyncDispose]();
});

/** Each fact table, and a column of it. */
const FACTS = {
  pages: 'hash',
  rejections: 'reason',
  batch_sums: 'lines',
  line_references: 'seq',
  attempts: 'account',
  attempt_lines: 'seq',
  sends: 'worker',
  answers: 'kind',
  endings: 'kind',
  discrepancies: 'detail',
  operator_actions: 'operator',
  trusts: 'timeline',
  enquiries: 'status',
  notifications: 'status',
  validations: 'answer',
  permits: 'transaction_id',
  adoptions: 'request_id',
  resolutions: 'evidence',
  decisions: 'verdict',
  decision_lines: 'seq',
  postings: 'kind',
  webhook_tries: 'status',
  statements: 'rows',
  statement_words: 'word',
  statement_findings: 'kind',
  discrepancy_steps: 'step',
  seals: 'facts',
  seal_leaves: 'leaves',
  ledgers: 'id',
};
const REFUSED = { code: '42501' };

beforeAll(async () => {
  await recordEveryFact(world);
  await pools.owner.query(
    `INSERT INTO seals (no, chain, form, previous_hash, hash, system_identifier, timeline, facts, positions, ranges)
       VALUES (1, 1, 1, '\\x00', '\\x01', '1', 1, 0, '{}', '[]');
     INSERT INTO seal_leaves (seal_no, table_name, leaves) VALUES (1, 'pages', '\\x00');`,
  );
});

const tables = () =>
  world.select<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1`,
  );

describe('the schema', () => {
  it('says what every table and every column of it means', async () => {
    const silent = await world.select(
      `SELECT c.relname, a.attname FROM pg_class c
       LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
         AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL)`,
    );
    expect((await tables()).length).toBeGreaterThan(Object.keys(FACTS).length);
    expect(silent).toEqual([]);
  });

  it('calls exactly the append-only tables facts', async () => {
    const facts = await world.select<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
         AND (obj_description(oid, 'pg_class') LIKE 'Fact.%' OR relname = 'ledgers') ORDER BY 1`,
    );
    expect(facts.map(({ name }) => name)).toEqual(Object.keys(FACTS).toSorted());
  });

  it('belongs to none of the roles that processes use', async () => {
    const owned = await world.select(
      `SELECT relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
       WHERE r.rolname LIKE 'salio_%' OR NOT r.rolsuper`,
    );
    expect(owned).toEqual([]);
    await expect(pools.app.query('DROP TABLE turns')).rejects.toMatchObject(REFUSED);
    await expect(pools.app.query('CREATE TABLE mine (a int)')).rejects.toMatchObject(REFUSED);
    const disable = 'ALTER TABLE sends DISABLE TRIGGER append_only';
    await expect(pools.app.query(disable)).rejects.toMatchObject(REFUSED);
  });
});

describe.each(Object.entries(FACTS))('the facts in %s', (table, column) => {
  const changes = [
    ['update', `UPDATE ${table} SET ${column} = ${column}`],
    ['delete', `DELETE FROM ${table}`],
    ['truncate', `TRUNCATE ${table}`],
  ] as const;

  it.each(changes)('are kept from an %s by the app', async (_name, change) => {
    const before = await world.count(`SELECT count(*) FROM ${table}`);
    expect(before).toBeGreaterThan(0);
    await expect(pools.app.query(change)).rejects.toMatchObject({
      ...REFUSED,
      message: expect.stringContaining('permission denied'),
    });
    expect(await world.count(`SELECT count(*) FROM ${table}`)).toBe(before);
  });

  it.each(changes)('are kept from an %s by the owner', async (_name, change) => {
    const before = await world.count(`SELECT count(*) FROM ${table}`);
    expect(before).toBeGreaterThan(0);
    await expect(pools.owner.query(change)).rejects.toMatchObject({
      ...REFUSED,
      message: expect.stringContaining('facts are append-only'),
    });
    expect(await world.count(`SELECT count(*) FROM ${table}`)).toBe(before);
  });
});

describe('the app', () => {
  it.each(['lines', 'recipients', 'batches', 'submissions', 'chunks', 'answer_bodies', 'sources'])(
    'can not delete from %s',
    async (table) => {
      expect(await world.count(`SELECT count(*) FROM ${table}`)).toBeGreaterThan(0);
      const deletion = pools.app.query(`DELETE FROM ${table}`);
      await expect(deletion).rejects.toMatchObject(REFUSED);
      await expect(pools.app.query(`TRUNCATE ${table}`)).rejects.toMatchObject(REFUSED);
    },
  );

  it.each(['recipients', 'answer_bodies', 'sources', 'slots'])(
    'can not change %s',
    async (table) => {
      const [column] = await world.select<{ name: string }>(
        `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1`,
        [table],
      );
      const change = `UPDATE ${table} SET ${column?.name} = ${column?.name}`;
      await expect(pools.app.query(change)).rejects.toMatchObject(REFUSED);
    },
  );

  it('can not take lines from an accepted batch through reject_lines or discard_lines', async () => {
    const { batchNo } = await releasedBatch(world);
    const rejecting = pools.app.query('SELECT reject_lines($1, $2)', [batchNo, [1]]);
    await expect(rejecting).rejects.toMatchObject(REFUSED);
    const discarding = pools.app.query('SELECT discard_lines($1, 10)', [batchNo]);
    await expect(discarding).rejects.toMatchObject(REFUSED);
    const left =
      'SELECT count(*) FROM recipients JOIN lines USING (batch_no, seq) WHERE batch_no = $1';
    expect(await world.count(left, [batchNo])).toBe(3);
  });

  it('can not discard a submission that is not decided against', async () => {
    const submission = await newSubmission(world);
    await deliver(world, submission);
    const no = await world.count('SELECT no FROM submissions WHERE id = $1', [
      submission.submission,
    ]);
    const discarding = pools.app.query('SELECT discard_lines($1, 10)', [no]);
    await expect(discarding).rejects.toMatchObject(REFUSED);
  });
});

describe('the reader', () => {
  it.each(['v_batches', 'v_lines', 'v_attempts'])('can read %s', async (view) => {
    const { rows } = await pools.reader.query(`SELECT * FROM ${view}`);
    expect(rows.length).toBeGreaterThan(0);
    await expect(pools.reader.query(`DELETE FROM ${view}`)).rejects.toThrow(
      'cannot delete from view',
    );
  });

  it('can read and change no table', async () => {
    for (const { name } of await tables()) {
      for (const statement of [`SELECT 1 FROM ${name}`, `DELETE FROM ${name}`]) {
        expect([statement, await codeOf(pools.reader, statement)]).toEqual([statement, '42501']);
      }
    }
  });

  it('can call none of the functions that delete', async () => {
    const calls = ['SELECT reject_lines(1, ARRAY[1])', 'SELECT discard_lines(1, 1)'];
    for (const pool of [pools.reader, pools.retention]) {
      for (const call of calls) await expect(pool.query(call)).rejects.toMatchObject(REFUSED);
    }
  });
});

describe('the listener to the provider', () => {
  const HEARD = [
    'notifications',
    'notification_bodies',
    'inbox',
    'validations',
    'validation_bodies',
    'permits',
  ];

  it('can write down what it hears, and change or write nothing else', async () => {
    for (const { name } of await tables()) {
      const insertion = `INSERT INTO ${name} DEFAULT VALUES`;
      const refused = HEARD.includes(name) ? '23502' : '42501'; // a value is missing
      expect([insertion, await codeOf(pools.callbacks, insertion)]).toEqual([insertion, refused]);
      for (const statement of [`DELETE FROM ${name}`, `TRUNCATE ${name}`]) {
        expect([statement, await codeOf(pools.callbacks, statement)]).toEqual([statement, '42501']);
      }
    }
    for (const change of ['lines SET state = state', 'inbox SET status = status']) {
      await expect(pools.callbacks.query(`UPDATE ${change}`)).rejects.toMatchObject(REFUSED);
    }
  });

  it('can hold a line', async () => {
    const held = await pools.callbacks.query('SELECT 1 FROM lines LIMIT 1 FOR UPDATE');
    expect(held.rowCount).toBe(1);
  });
});

describe('the retention role', () => {
  it('can read, delete and change no table, but for when batches were over', async () => {
    for (const { name } of await tables()) {
      for (const verb of [
        `SELECT * FROM ${name}`,
        `DELETE FROM ${name}`,
        `TRUNCATE ${name}`,
        `INSERT INTO ${name} DEFAULT VALUES`,
      ]) {
        expect([verb, await codeOf(pools.retention, verb)]).toEqual([verb, '42501']);
      }
    }
    for (const change of ['recipients SET msisdn = msisdn', 'batches SET emptied_at = now()'])
      await expect(pools.retention.query(`UPDATE ${change}`)).rejects.toMatchObject(REFUSED);
    await pools.retention.query('SELECT batch_no, state, state_at, emptied_at FROM batches');
  });

  const moment = "now() - interval '400 days'";
  const CALLS = [
    `empty_lines(1, ${moment}, 0, 1, true)`,
    `end_emptying(1, ${moment}, 'x', '{}')`,
    `empty_waiting(${moment}, '', 1, true)`,
    `empty_notifications(${moment}, 0, 1, true)`,
    `empty_validations(${moment}, 0, 1, true)`,
    `refuse_stale(${moment}, 1, true)`,
    `record_retention(false, 'x', '{}')`,
  ];

  it.each(CALLS)('can call %s, and nobody else can', async (call) => {
    expect(await codeOf(pools.retention, `SELECT ${call}`)).toBeUndefined();
    const { retention: _its, owner: _owner, ...others } = pools;
    for (const [name, pool] of Object.entries(others))
      expect([name, await codeOf(pool, `SELECT ${call}`)]).toEqual([name, '42501']);
    const ops = new Pool({ connectionString: world.database.opsUrl });
    expect(await codeOf(ops, `SELECT ${call}`)).toBe('42501');
    await ops.end();
  });

  it.each(CALLS.filter((call) => call.includes(moment)))(
    'can not call %s for what is younger than 30 days',
    async (call) => {
      for (const young of ['now()', "now() - interval '29 days'", 'NULL::timestamptz']) {
        const asked = `SELECT ${call.replace(moment, young)}`;
        expect([asked, await codeOf(pools.retention, asked)]).toEqual([asked, '42501']);
      }
    },
  );

  it('can call none of the functions that these are made of', async () => {
    for (const call of [
      `empty_seqs(1, '{1}', true)`,
      `batch_is_over(1, ${moment})`,
      'check_retention(now())',
      'discard_lines(1, 1)',
    ])
      expect(await codeOf(pools.retention, `SELECT ${call}`)).toBe('42501');
  });

  it('can take no phone of a line that may still be paid', async () => {
    const { batchNo } = await releasedBatch(world);
    await pools.owner.query(
      `UPDATE batches SET state_at = now() - interval '500 days' WHERE batch_no = $1`,
      [batchNo],
    );
    const { rows } = await pools.retention.query(
      `SELECT looked FROM empty_lines($1, ${moment}, 0, 9, true)`,
      [batchNo],
    );
    expect(rows).toEqual([{ looked: null }]);
    expect(
      await world.count('SELECT count(*) FROM recipients WHERE batch_no = $1', [batchNo]),
    ).toBe(3);
  });
});

/** The SQLSTATE with which a statement fails, or undefined where it is done. */
async function codeOf(pool: Pool, statement: string): Promise<unknown> {
  try {
    await pool.query(statement);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}
