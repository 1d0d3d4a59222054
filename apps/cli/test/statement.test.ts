import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateLedger } from '@salio/ledger';
import { askCli, createTestDatabase, runCli } from '@salio/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const template = {
  name: 'ledger',
  migrate: async (url: string) => void (await migrateLedger(url)),
};

/** Each command is a process, which takes seconds on a busy machine. */
const TIMEOUT_MS = 180_000;

let folder = '';
let env: Record<string, string> = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'salio-statement-'));
  const database = await createTestDatabase(inject('services'), { template });
  env = { DATABASE_URL: database.opsUrl, SALIO_OPERATOR: 'amina' };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const HEADER = 'Id,Value,State,Phone\n';
const PROFILE = {
  columns: { requestId: 'Id', amount: 'Value', status: 'State', phone: 'Phone' },
  currency: 'KES',
  statuses: { Delivered: 'success', Rejected: 'failed' },
};

let made = 0;

async function fileOf(text: string): Promise<string> {
  const path = join(folder, `file-${(made += 1)}`);
  await writeFile(path, text);
  return path;
}

const importOf = (file: string, ...more: string[]) => [
  'statement',
  'import',
  file,
  '--account',
  'africastalking/acme',
  '--from',
  '2026-11-01 00:00 Africa/Nairobi',
  '--to',
  '2026-12-01 00:00 Africa/Nairobi',
  ...more,
];
const OPTIONS = [
  '--map',
  'requestId=Id,amount=Value,status=State,phone=Phone',
  '--currency',
  'KES',
  '--status',
  'Delivered=success',
  'Rejected=failed',
];

describe('salio statement import', () => {
  it(
    'imports a file by a profile once, and tells what it showed',
    { timeout: TIMEOUT_MS },
    async () => {
      const file = await fileOf(`${HEADER}ATQid_a,100,Delivered,+254711000001\n`);
      const profile = await fileOf(JSON.stringify(PROFILE));
      const done = await askCli(importOf(file, '--profile', profile), env);
      expect(done).toMatchObject({
        again: false,
        rows: 1,
        sums: ['KES 100.0000'],
        found: { missing_in_ledger: 1 },
        discrepancies: 1,
        operator: 'amina',
        from: '2026-10-31T21:00:00.000Z',
      });
      const again = await runCli(importOf(file, ...OPTIONS), env);
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('imported before') });
      const shown = await askCli(['statement', 'show', String(done['statement'])], env);
      const { again: _again, ...statement } = done;
      expect(shown).toEqual(statement);
      expect(await askCli(['statement', 'list', '--account', 'africastalking/acme'], env)).toEqual(
        statement,
      );
      const list = await runCli(['statement', 'list'], env);
      expect(list.stdout).toContain('africastalking/acme');
    },
  );

  it(
    'refuses a file with rows that can not be, and names them',
    { timeout: TIMEOUT_MS },
    async () => {
      const rows = 'ATQid_b,-1,Delivered,\nATQid_c,1,Delivered,\nATQid_d,1,Odd,\n';
      const end = await runCli(importOf(await fileOf(HEADER + rows), ...OPTIONS), env);
      expect(end.code).toBe(5);
      expect(end.stderr).toContain('row 1: its amount is below zero');
      expect(end.stderr).toContain('row 3: the profile does not say');
      const json = await runCli(importOf(await fileOf(HEADER + rows), ...OPTIONS, '--json'), env);
      expect(JSON.parse(json.stdout)).toMatchObject({ error: 'statement_refused', exitCode: 5 });
    },
  );

  it(
    'ends with 5 for a column that is not known, and 3 for a statement that is not there',
    { timeout: TIMEOUT_MS },
    async () => {
      const file = await fileOf('Colour,Id,Value,State,Phone\n');
      const end = await runCli(importOf(file, ...OPTIONS), env);
      expect(end).toMatchObject({ code: 5, stdout: '' });
      expect(end.stderr).toContain('unknown column "Colour"');
      expect((await runCli(['statement', 'show', '9999'], env)).code).toBe(3);
    },
  );
});

describe('salio discrepancies', () => {
  it('lists what statements showed, with who looks into it', { timeout: TIMEOUT_MS }, async () => {
    const file = await fileOf(`${HEADER}ATQid_z,100,Delivered,+254711000009\n`);
    const { statement } = await askCli(importOf(file, ...OPTIONS), env);
    const list = (...more: string[]) =>
      askCli(['discrepancies', '--statement', String(statement), ...more], env);
    const found = await list();
    expect(found).toMatchObject({ kind: 'missing_in_ledger', state: 'open' });
    const id = String(found['id']);
    const step = (...args: string[]) => runCli(['discrepancy', ...args, '--json'], env);
    expect((await step('take', id)).code).toBe(0);
    expect(await list('--state', 'taken', '--owner', 'amina')).toMatchObject({ id });
    expect((await step('explain', id, '--reason', 'ours')).code).toBe(0);
    expect((await step('close', id)).code).toBe(2);
    expect((await step('close', id, '--reason', 'over')).code).toBe(0);
    expect((await step('close', id, '--reason', 'over')).code).toBe(4);
    expect(await list('--all')).toMatchObject({ id, state: 'closed', reason: 'over' });
    expect((await step('reopen', id, '--reason', 'no')).code).toBe(0);
    const table = await runCli(['discrepancies', '--older-than-days', '0'], env);
    expect(table.stdout).toMatch(/missing_in_ledger +open/);
  });
});
