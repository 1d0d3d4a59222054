import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateLedger } from '@salio/ledger';
import { createTestDatabase, runCli, type TestDatabase } from '@salio/testkit';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

let folder = '';
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'salio-export-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A command with the ops API replaced by what answers here. */
async function runWith(listener: RequestListener, ...args: string[]) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo; // safe because it listens by TCP
  try {
    return await runCli(['export', ...args], {
      SALIO_API_URL: `http://127.0.0.1:${port}`,
      SALIO_API_KEY: 'salio_abcdefghij_secret',
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const file = 'batch_id,note\r\n1,"two\r\nlines"\r\n2,x\r\n';
const whole: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'text/csv').end(file);
};
const broken: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'text/csv').write(file, () => response.destroy());
};

describe('salio export', () => {
  it('writes the file that --out names, whole, and says how many rows', async () => {
    const out = join(folder, 'lines.csv');
    await writeFile(out, 'what was there before');
    const asked: (string | undefined)[] = [];
    const { code, stdout, stderr } = await runWith(
      (request, response) => {
        asked.push(request.url, request.headers.authorization);
        return whole(request, response);
      },
      'lines',
      '--batch',
      'january',
      '--state',
      'failed,held',
      '--phone',
      '+254711000001',
      '--from',
      '2026-11-01 00:00 UTC',
      '--phones',
      '--out',
      out,
    );
    expect([code, stdout, stderr]).toEqual([0, '', '2 rows\n']);
    expect(await readFile(out, 'utf8')).toBe(file);
    expect(await readdir(folder)).toEqual(['lines.csv']);
    const url = new URL(asked[0] ?? '', 'http://x');
    expect(asked[1]).toBe('Bearer salio_abcdefghij_secret');
    expect([url.pathname, Object.fromEntries(url.searchParams)]).toEqual([
      '/v1/exports/lines',
      {
        batch: 'january',
        state: 'failed,held',
        phone: '+254711000001',
        from: '2026-11-01T00:00:00.000Z',
        phones: 'true',
      },
    ]);
  });

  it('writes to standard output otherwise', async () => {
    const end = await runWith(whole, 'discrepancies', '--about', 'x');
    expect([end.code, end.stdout, end.stderr]).toEqual([0, file, '2 rows\n']);
  });

  it('leaves nothing of a file that broke off, and what was there as it was', async () => {
    const out = join(folder, 'lines.csv');
    const { code, stdout } = await runWith(broken, 'lines', '--out', out, '--json');
    expect([code, JSON.parse(stdout)]).toEqual([6, expect.objectContaining({ exitCode: 6 })]);
    expect(await readdir(folder)).toEqual([]);
    await writeFile(out, 'before');
    await runWith(broken, 'lines', '--out', out);
    expect([await readdir(folder), await readFile(out, 'utf8')]).toEqual([['lines.csv'], 'before']);
  });

  it('fails where standard output got only a part', async () => {
    const { code, stderr } = await runWith(broken, 'attempts', '--ending', 'unknown');
    expect([code, stderr]).toEqual([6, expect.stringContaining('salio: ')]);
  });

  it('ends as the API says where there is no file', async () => {
    const { code, stderr } = await runWith((_request, response) => {
      response.setHeader('content-type', 'application/problem+json').statusCode = 404;
      response.end(JSON.stringify({ code: 'not_found', title: 'there is no batch x' }));
    }, 'lines');
    expect([code, stderr]).toEqual([3, expect.stringContaining('there is no batch x')]);
  });

  it.each([
    [['everything'], 'an export is of lines, attempts, discrepancies'],
    [['discrepancies', '--phones'], '--phones is no option of discrepancies'],
    [['lines', '--ending', 'unknown'], '--ending is no option of lines'],
    [['attempts', '--ending', 'happy'], '--ending is of accepted'],
    [['lines', '--state', 'happy'], '--state is of pending'],
    [['lines', '--json'], '--json tells of the file'],
  ])('takes %s for a wrong command line', async (args, says) => {
    const { code, stderr } = await runWith(whole, ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
  });
});

describe('straight on the database', () => {
  let database: TestDatabase;
  let owner: Client;
  const migrate = async (url: string) => void (await migrateLedger(url));
  beforeAll(async () => {
    database = await createTestDatabase(inject('services'), { template: { name: 'cli', migrate } });
    owner = new Client({ connectionString: database.ownerUrl });
    await owner.connect();
    await owner.query(
      `INSERT INTO sources (name, public_key) VALUES ('payroll', 'x');
       INSERT INTO batches (id, source, client_reference, state, batch_no, lines, state_at)
         VALUES ('00000000-0000-4000-8000-000000000001', 'payroll', 'january', 'completed', 1, 2, now() - interval '500 days');
       INSERT INTO lines (batch_no, seq, amount, currency, state, updated_at)
         SELECT 1, n, 1000000, 'KES', 'succeeded', now() - interval '500 days' FROM generate_series(1, 2) AS n;
       INSERT INTO recipients (batch_no, seq, msisdn, note) SELECT 1, n, '+25471100000' || n, '=x' FROM generate_series(1, 2) AS n`,
    );
  });
  afterAll(() => owner.end());

  const actions = async () => {
    const { rows } = await owner.query<{ verb: string; operator: string }>(
      'SELECT verb, operator FROM operator_actions ORDER BY id',
    );
    return rows.map(({ verb, operator }) => `${operator} ${verb}`);
  };
  const retention = (...args: string[]) =>
    runCli(['retention', ...args], {
      RETENTION_DATABASE_URL: database.retentionUrl,
      SALIO_OPERATOR: 'amina',
    });

  it('an export is the same, and one with phones is written down', async () => {
    const env = { DATABASE_URL: database.opsUrl, SALIO_OPERATOR: 'amina' };
    const masked = await runCli(['export', 'lines', '--batch', 'january'], env);
    expect([masked.code, masked.stdout]).toEqual([
      0,
      expect.stringContaining('+25471•••001,KES,100.0000'),
    ]);
    expect(masked.stdout).toContain(",'=x\r\n");
    expect(await actions()).toEqual([]);
    const shown = await runCli(['export', 'lines', '--phones'], env);
    expect(shown.stdout).toContain('+254711000001,KES');
    expect(shown.stderr).toContain('break-glass');
    expect(await actions()).toEqual(['amina export.begin', 'amina export.end']);
  });

  it('retention counts what it would delete, deletes it, and then finds nothing', async () => {
    const tried = await retention('--older-than', '400d', '--dry-run', '--json');
    const told = { olderThanDays: 400, batches: 1, phones: 2 };
    expect(JSON.parse(tried.stdout)).toMatchObject({ ...told, dryRun: true });
    const done = await retention('--older-than', '400', '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({ ...told, dryRun: false });
    const { rows } = await owner.query('SELECT 1 FROM recipients');
    expect(rows).toEqual([]);
    const again = await retention('--older-than', '400d');
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringMatching(/^ +0 {2}phones of lines/m),
    ]);
    expect((await actions()).filter((text) => text.startsWith('amina batch.empty'))).toHaveLength(
      1,
    );
  });

  it.each([
    [[], {}, 'say how old'],
    [['--older-than', '29d'], {}, '--older-than is 30 to'],
    [['--older-than', 'long'], {}, '--older-than is 30 to'],
    [[], { RETENTION_DAYS: '7' }, 'RETENTION_DAYS'],
    [['--older-than', '40d'], { REPEAT_WITHIN_SECONDS: '4000000' }, 'would not be noticed'],
  ])('retention is refused with %s and %o', async (args, env, says) => {
    const given = { RETENTION_DATABASE_URL: database.retentionUrl, ...env };
    const { code, stderr } = await runCli(['retention', ...args], given);
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
  });

  it('retention takes its own login, and no other', async () => {
    const { code, stderr } = await runCli(['retention', '--older-than', '400d'], {
      RETENTION_DATABASE_URL: database.appUrl,
    });
    expect([code, stderr]).toEqual([1, expect.stringContaining('permission denied')]);
  });
});
