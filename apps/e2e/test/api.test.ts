import { beforeAll, describe, expect, it } from 'vitest';
import { askCli, runCli, untilState, type Environment } from '@salio/testkit';
import { ENDS_MS, fileOf, goodRows, owner, submit, system, useScene } from './bad-scene.ts';

useScene();

type Name = 'amina' | 'brian' | 'carol' | 'dora';
let people: Readonly<Record<Name, Environment>>;
beforeAll(async () => {
  people = await system.people({
    amina: 'operator,auditor,admin',
    brian: 'approver',
    carol: 'auditor',
    dora: 'operator,approver,auditor,admin',
  });
});

/** How a command of somebody ended, and the last of what it told programs. */
async function endOf(env: Environment, ...args: string[]) {
  const { code, stdout, stderr } = await runCli([...args, '--json'], env);
  const said: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) || '{}');
  return { code, stderr, ...Object(said) } as Record<string, unknown>; // safe because it is an object
}

/** A batch that waits for its release. */
async function newBatch(name: string, series: string): Promise<void> {
  await submit(await fileOf(name, [...goodRows(series, 2), '07,5,KES,bad,']), name);
}

/** What is recorded of orders about this subject. */
async function recorded(subject: string) {
  const { rows } = await owner.query<{ verb: string; operator: string; access: { via: string } }>(
    `SELECT verb, operator, detail -> 'access' AS access FROM operator_actions WHERE subject = $1 ORDER BY id`,
    [subject],
  );
  return rows.map(({ verb, operator, access }) => `${verb} ${operator} ${access.via}`);
}

const BREAK_GLASS = 'straight on the database: recorded as break-glass';

describe('people', () => {
  it('are let in by an admin, know who they are, and are locked out again', async () => {
    const { amina } = people;
    expect(await endOf(amina, 'me')).toMatchObject({ person: 'amina', kind: 'person' });
    expect((await runCli(['me'], amina)).stdout).toMatch(
      /^amina \(person, key \w{10}\): operator, auditor, admin\n$/,
    );
    expect(await endOf(amina, 'person', 'add', 'eve', '--roles', 'operator')).toMatchObject({
      name: 'eve',
    });
    const { key } = await endOf(amina, 'key', 'add', 'eve', '--days', '1');
    const eve = { ...amina, SALIO_API_KEY: String(key) };
    expect(await endOf(eve, 'me')).toMatchObject({ person: 'eve', roles: ['operator'] });

    const own = await endOf(eve, 'key', 'add');
    expect(own).toMatchObject({ person: 'eve' });
    const revoke = ['key', 'revoke', String(own['prefix']), '--reason', 'one is enough'];
    expect(await endOf(eve, ...revoke)).toMatchObject({ code: 0, revoked: true });
    const revoked = { ...eve, SALIO_API_KEY: String(own['key']) };
    expect(await endOf(revoked, 'me')).toMatchObject({ code: 2, error: 'unauthorized' });

    const change = ['person', 'change', 'eve', '--roles', 'auditor', '--reason', 'looks only'];
    expect(await endOf(amina, ...change)).toMatchObject({ name: 'eve', roles: ['auditor'] });
    expect(await endOf(amina, ...change, '--version', '1')).toMatchObject({ code: 4 });
    expect(await endOf(eve, ...change)).toMatchObject({ code: 2, error: 'forbidden' });
    await endOf(amina, 'person', 'disable', 'eve', '--reason', 'left');
    expect(await endOf(eve, 'me')).toMatchObject({ code: 2, error: 'unauthorized' });
    await endOf(amina, 'person', 'enable', 'eve', '--reason', 'is back');
    expect(await endOf(eve, 'me')).toMatchObject({ roles: ['auditor'] });
    expect((await runCli(['person', 'list'], amina)).stdout).toMatch(/^eve +person +auditor /m);
  });

  it('who are no admins get no key straight on the database', async () => {
    const made = await endOf(system.cli, 'key', 'add', 'brian');
    expect(made).toMatchObject({ code: 4, message: expect.stringContaining('only an admin') });
    expect(await recorded('root')).toEqual(['person.add demo database', 'key.issue demo database']);
  });
});

describe('orders with a key', () => {
  it('do it, are written down with who gave them, and break no glass', async () => {
    const { amina } = people;
    await newBatch('ordered', '50');
    expect(await endOf(amina, 'stop', '--reason', 'lunch')).toMatchObject({
      code: 0,
      stderr: '',
      scope: 'system',
      stopped: true,
    });
    const { stdout, stderr } = await runCli(['release', 'ordered', '--reason', 'agreed'], amina);
    expect(stdout).toMatch(
      /^Batch ordered of payroll, version \d+: 2 lines \(KES 21\.0000\), 1 rejections\.\nBatch ordered is released\.\n$/,
    );
    expect(stderr).toBe('');
    expect(await endOf(amina, 'release', 'ordered')).toMatchObject({ code: 4, error: 'CONFLICT' });
    const pause = ['pause', 'ordered', '--reason', 'look'];
    expect(await endOf(amina, ...pause)).toMatchObject({ state: 'paused', inFlight: 0 });
    expect(await endOf(amina, 'resume', 'ordered')).toMatchObject({ state: 'released' });
    expect(await endOf(amina, 'start')).toMatchObject({ started: ['system'] });
    expect(await endOf(amina, 'watch', 'ordered')).toMatchObject({ code: 0, state: 'completed' });
    expect(await endOf(amina, 'retry', 'ordered')).toMatchObject({ code: 4, error: 'CONFLICT' });
    expect(await recorded('ordered')).toEqual([
      'batch.release amina api',
      'batch.pause amina api',
      'batch.resume amina api',
    ]);
  });

  it('cancel a batch, and find none where there is none', async () => {
    const { amina } = people;
    await newBatch('dropped', '51');
    const cancel = ['cancel', 'dropped', '--reason', 'the wrong file'];
    expect(await endOf(amina, ...cancel)).toMatchObject({ state: 'cancelled' });
    expect(await endOf(amina, 'watch', 'dropped')).toMatchObject({ code: 5 });
    expect(await endOf(amina, 'cancel', 'nowhere')).toMatchObject({ code: 3, error: 'NOT_FOUND' });
  });

  it('are refused to who may only look: release', async () => {
    await newBatch('looked-at', '52');
    expect(await endOf(people.carol, 'release', 'looked-at')).toMatchObject({
      code: 2,
      error: 'forbidden',
    });
    expect(await recorded('looked-at')).toEqual([]);
  });

  it.each([
    [['pause', 'any']],
    [['resume', 'any']],
    [['cancel', 'any']],
    [['retry', 'any']],
    [['stop', '--reason', 'x']],
    [['start']],
    [['decide', '--paid', '--batch', 'any', '--reason', 'x']],
    [['decide', '--confirm', '1', '--reason', 'x']],
    [['recover', '--reason', 'x']],
    [['source', 'add', 'any']],
    [['source', 'rotate', 'payroll']],
    [['source', 'revoke', 'payroll', '--reason', 'x']],
    [['person', 'add', 'any', '--roles', 'admin']],
    [['key', 'add', 'amina']],
  ])('are refused to who may only look: %s', async (order) => {
    expect(await endOf(people.carol, ...order)).toMatchObject({ code: 2, error: 'forbidden' });
  });

  it('about sources give a credential that is taken', async () => {
    const { amina } = people;
    const added = await endOf(amina, 'source', 'add', 'other');
    expect(added).toMatchObject({ source: 'other' });
    const rotated = await endOf(amina, 'source', 'rotate', 'other', '--overlap-hours', '0');
    const file = await fileOf('of-other', goodRows('53', 1));
    const by = (told: Record<string, unknown>) => ({
      ...system.cli,
      SOURCE_CREDENTIAL: String(told['credential']),
    });
    expect(await endOf(by(rotated), 'submit', file, '--reference', 'of-other')).toMatchObject({
      code: 0,
      verdict: 'accepted',
    });
    const revoke = ['source', 'revoke', 'other', '--reason', 'a test'];
    expect(await endOf(amina, ...revoke)).toMatchObject({ source: 'other', revoked: true });
    expect((await runCli(['source', 'list'], amina)).stdout).toMatch(/^other .+Z\s*$/m);
  });
});

describe('straight on the database', () => {
  it('an order says that glass was broken, and is recorded so; a look says nothing', async () => {
    await newBatch('glass', '54');
    const { stderr } = await endOf(system.cli, 'release', 'glass');
    expect(stderr).toBe(`salio: ${BREAK_GLASS}\n`);
    expect(await recorded('glass')).toEqual(['batch.release demo database']);
    await untilState(system, 'glass', ['completed'], ENDS_MS);
    for (const look of [['batch', 'glass'], ['report', 'glass'], ['worklist'], ['me']]) {
      expect([look, (await endOf(system.cli, ...look))['stderr']]).toEqual([look, '']);
    }
    const dry = await endOf(system.cli, 'retry', 'glass', '--dry-run');
    expect(dry['stderr']).not.toContain(BREAK_GLASS);
  });
});

describe('both ways tell programs the same', () => {
  beforeAll(async () => {
    await newBatch('both', '55');
    await submit(await fileOf('unsure', ['+254715559918,20,KES,,']), 'unsure');
    await askCli(['release', 'unsure'], system.cli);
    await untilState(system, 'unsure', ['completed'], ENDS_MS);
  });

  it.each([
    [['batch', 'both']],
    [['batch', 'unsure']],
    [['batch', 'nowhere']],
    [['report', 'unsure']],
    [['rejections', 'both']],
    [['worklist']],
    [['worklist', '--batch', 'unsure']],
    [['decide', '--unpaid', '--batch', 'unsure', '--dry-run']],
    [['retry', 'unsure', '--dry-run']],
    [['recover']],
    [['source', 'list']],
    [['source', 'add', 'payroll']],
    [['resume', 'both']],
    [['release', 'both', '--version', '99']],
    [['decide', '--confirm', '999', '--reason', 'x']],
  ])('%s', async (args) => {
    const glass = { ...system.cli, UNPAID_AFTER_SECONDS: '0.1' };
    const one = await runCli([...args, '--json'], people.dora);
    const other = await runCli([...args, '--json'], glass);
    expect([one.code, one.stdout]).toEqual([other.code, other.stdout]);
    expect(one.stdout).not.toBe('');
  });
});
