import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askCli, runCli, untilState, type Environment } from '@salio/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  credited,
  ENDS_MS,
  fileOf,
  folder,
  goodRows,
  phone,
  submit,
  system,
  useScene,
} from './bad-scene.ts';

// Nobody releases much alone there.
useScene({ RELEASE_ALONE_MAX: 'KES:15' });

/** A dozen processes, one after another. */
const PEOPLE_MS = 120_000;

type Name = 'amina' | 'brian' | 'dora';
let people: Readonly<Record<Name, Environment>>;
beforeAll(async () => {
  people = await system.people({
    amina: 'operator',
    brian: 'approver',
    dora: 'operator,approver,auditor,admin',
  });
}, PEOPLE_MS);

/** How a command of somebody ended, and the last of what it told programs. */
async function endOf(env: Environment, ...args: string[]) {
  const { code, stdout, stderr } = await runCli([...args, '--json'], env);
  const said: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) || '{}');
  return { code, stderr, ...Object(said) } as Record<string, unknown>; // safe because it is an object
}

/** As `submit` is typed by who has a key: it says whose batch it is. */
const sendTo = (file: string, name: string, ...more: string[]) => [
  'submit',
  file,
  '--reference',
  name,
  '--source',
  'payroll',
  ...more,
];

const BAD = '07,5,KES,bad,';

describe('looks tell programs and people the same both ways', () => {
  beforeAll(async () => {
    await submit(await fileOf('seen', [...goodRows('60', 3), BAD]), 'seen');
    const unsure = ['+254715569918,20,KES,unsure-1,', '+254715569918,30,KES,unsure-2,'];
    await submit(await fileOf('unsure-seen', unsure), 'unsure-seen');
    await askCli(['release', 'unsure-seen', '--reason', 'go'], system.cli);
    await untilState(system, 'unsure-seen', ['completed'], ENDS_MS);
  });

  it.each([
    [['batches', '--state', 'checked', '--source', 'payroll', '--limit', '1'], /seen/],
    [['batches', '--reference', 'unsure-', '--from', '2020-01-01T00:00Z'], /unsure-seen/],
    [['lines', 'seen', '--after', '1', '--limit', '1', '--phones'], /\+2547160/],
    [['lines', 'unsure-seen', '--state', 'unresolved'], /unresolved/],
    [['lines', 'nowhere'], /NOT_FOUND|^$/],
    [['line', 'unsure-seen', '1'], /release/],
    [
      ['find', '--batch', 'unsure-seen', '--state', 'unresolved', '--amount-from', 'KES 25'],
      /unsure-2/,
    ],
    [['find', '--reference', '60-2', '--from', '2020-01-01T00:00Z', '--phones'], /\+2547160/],
    [['find', '--amount-from', 'KES 1'], /invalid_request|^$/],
    [['actions', '--batch', 'unsure-seen'], /batch\.release/],
    [['actions', '--verb', 'person.', '--operator', 'root', '--limit', '2'], /person\.add/],
    [['alarms', '--all'], /^(\{|id|$)/],
    [
      ['submit', 'FILE', '--reference', 'tried', '--source', 'payroll', '--dry-run'],
      /"rows":3|Rows 3/,
    ],
  ])('%s', async (args, shown) => {
    const file = await fileOf('tried', [...goodRows('61', 2), BAD]);
    const typed = args.map((word) => (word === 'FILE' ? file : word));
    // Each way has its own idea of who may release alone.
    const alike = (text: string) => text.replace(/second_person|one_person/, 'PEOPLE');
    const [shownOne, one, other] = await Promise.all([
      runCli(typed, people.dora),
      runCli([...typed, '--json'], people.dora),
      runCli([...typed, '--json'], system.cli),
    ]);
    expect([one.code, alike(one.stdout)]).toEqual([other.code, alike(other.stdout)]);
    expect(one.stdout).toMatch(shown);
    expect(shownOne.code).toBe(one.code);
    expect(shownOne.stdout).toMatch(shown);
    expect(other.stderr).not.toContain('break-glass');
  });

  it('pages go on to the end: a limit that is larger than what there is gives all of it', async () => {
    const rows = goodRows('62', 1_203);
    await submit(await fileOf('long', rows), 'long');
    const { stdout } = await runCli(['lines', 'long', '--limit', '5000', '--json'], people.dora);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1_203);
    const found = await runCli(
      ['find', '--batch', 'long', '--limit', '1100', '--json'],
      people.dora,
    );
    expect(found.stdout.trimEnd().split('\n')).toHaveLength(1_100);
  });
});

describe('a file that is submitted to the ops API', () => {
  it('is taken in once, and released by another person than the one who submitted it', async () => {
    const { amina, brian } = people;
    const file = await fileOf('sent', goodRows('63', 2));
    const tried = await endOf(amina, ...sendTo(file, 'sent', '--dry-run'));
    expect(tried).toMatchObject({
      code: 0,
      dryRun: true,
      verdict: 'accepted',
      lines: 2,
      release: 'second_person',
      sums: ['KES 21.0000'],
    });
    expect((await runCli(sendTo(file, 'sent', '--dry-run'), amina)).stdout).toContain(
      'Another person than the one who submits it must release it.\nNothing was submitted.\n',
    );
    expect(await endOf(amina, 'batch', 'sent')).toMatchObject({ code: 3 });

    const sent = await endOf(amina, ...sendTo(file, 'sent'));
    expect(sent).toMatchObject({ code: 0, stderr: '', verdict: 'accepted', state: 'checked' });
    const again = await endOf(amina, ...sendTo(file, 'sent'));
    expect(again).toMatchObject({ code: 0, verdict: 'same', batchId: sent['batchId'] });

    expect(await endOf(amina, 'release', 'sent')).toMatchObject({ code: 4, error: 'CONFLICT' });
    const released = await endOf(brian, 'release', 'sent', '--reason', 'agreed');
    expect(released).toMatchObject({ code: 0, state: 'released' });
    await untilState(system, 'sent', ['completed'], ENDS_MS);
    expect(await credited('63')).toHaveLength(2);
    const verbs = await runCli(['actions', '--batch', 'sent'], amina);
    expect(verbs.stdout).toMatch(/brian +batch\.release[^]*amina +batch\.submit/);
  });

  it('waits for its end, and writes the rejected rows into a file', async () => {
    const { amina, brian } = people;
    const file = await fileOf('waited', [...goodRows('64', 1), BAD]);
    const rejected = join(folder, 'rejected.csv');
    const ends = runCli(sendTo(file, 'waited', '--wait', '--rejections', rejected), amina);
    await untilState(system, 'waited', ['checked'], ENDS_MS);
    await askCli(['release', 'waited', '--reason', 'agreed'], brian);
    const { code, stdout } = await ends;
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^Batch \S+ is checked\.\nRows 2 = lines 1 \+ rejections 1; KES 10\.0000\.\nThe rejected rows are in .*\nBatch waited is completed\.\n$/,
      ),
    ]);
    expect(await readFile(rejected, 'utf8')).toMatch(/^phone,.*\n'?07,5,KES,bad,,2,.*\n$/);
  });

  it('is read in the form that is said of it', async () => {
    const file = join(folder, 'other-form.csv');
    const text = `Mobile;Net pay\n${phone('65', 1)};12\n`;
    await writeFile(file, Buffer.from(text, 'utf16le'));
    const form = ['--map', 'phone=Mobile,amount="Net pay"', '--encoding', 'utf-16le'];
    const expected = ['--currency', 'KES', '--expect-rows', '1', '--expect-total', 'KES 12'];
    const sent = await endOf(people.amina, ...sendTo(file, 'other-form', ...form, ...expected));
    expect(sent).toMatchObject({ code: 0, verdict: 'accepted', sums: ['KES 12.0000'] });
  });

  it.each([
    ['other content under its name', ['63'], 'sent', [], 4, 'CONFLICT'],
    ['another sum than expected', ['66'], 'wrong', ['--expect-total', 'KES 5'], 5, 'batch_refused'],
    ['no source', ['66'], 'whose', ['--source', ''], 2, 'invalid_request'],
    ['a column that is not known', [], 'header', ['--map', 'phone=Gone'], 5, 'FILE_UNREADABLE'],
  ])('is refused: %s', async (_why, [series = '67'], name, more, code, error) => {
    const file = await fileOf(`refused-${name}`, goodRows(series, 1));
    const typed = [...sendTo(file, name), ...more];
    expect(await endOf(people.amina, ...typed)).toMatchObject({ code, error });
  });

  it('is not taken from who may only approve', async () => {
    const file = await fileOf('approver', goodRows('68', 1));
    const end = await endOf(people.brian, ...sendTo(file, 'approver'));
    expect(end).toMatchObject({ code: 2, error: 'forbidden' });
  });
});
