import { writeFile } from 'node:fs/promises';

import { join } from 'node:path';

import { describe, expect, it } from 'vitest';
import { askCli, runCli, untilState } from '@salio/testkit';
import { countCredits } from '../src/book.ts';

import {
  ENDS_MS,
  credited,
  expectUnpayable,
  failure,
  fileOf,
  folder,
  goodRows,
  paysAGoodBatch,
  phone,
  stateOf,
  submit,
  system,
  useScene,
} from './bad-scene.ts';

useScene();

const MIXED: readonly (readonly [text: string, fate: string | bigint])[] = [
  [`${phone('10', 1)},10,KES,first,`, 100_000n],
  [`${phone('10', 2)},-5,KES,,`, 'amount_malformed'],
  [`${phone('10', 3)},0,KES,,`, 'amount_out_of_range'],
  [`${phone('10', 4)},0.00,KES,,`, 'amount_out_of_range'],
  [`${phone('10', 5)},10.001,KES,,`, 'amount_decimals'],
  [`${phone('10', 6)},9.99,KES,,`, 'amount_out_of_range'],
  [`${phone('10', 7)},10000.01,KES,,`, 'amount_out_of_range'],
  [`${phone('10', 8)},10000.00,KES,,`, 100_000_000n],
  [`${phone('10', 9)},1e3,KES,,`, 'amount_malformed'],
  [`${phone('10', 10)},NaN,KES,,`, 'amount_malformed'],
  [`${phone('10', 11)},Infinity,KES,,`, 'amount_malformed'],
  [`${phone('10', 12)},1,000,KES,,`, 'row_malformed'],
  [`${phone('10', 13)},"1,000",KES,,`, 10_000_000n],
  [`${phone('10', 30)},"1.000,50",KES,,`, 'amount_malformed'],
  [`2.54711E+11,100,KES,,`, 'phone_rounded'],
  [`${phone('10', 14)},,KES,,`, 'amount_malformed'],
  [`${phone('10', 15)},0x64,KES,,`, 'amount_malformed'],
  [`${phone('10', 16)},١٠٠,KES,,`, 'amount_malformed'],
  [`${phone('10', 17)},${'9'.repeat(60)},KES,,`, 'amount_malformed'],
  [`${phone('10', 18)},500,UGX,,`, 'currency_unfit'],
  [`${phone('10', 19)},100,XXX,,`, 'currency_unknown'],
  [`${phone('10', 20)},100,,,`, 'currency_unknown'],
  ['call me maybe,100,KES,,', 'phone_invalid'],
  ['07110OOO01,100,KES,,', 'phone_invalid'],
  [`${phone('10', 21)}9,100,KES,,`, 'phone_invalid'],
  [',100,KES,,', 'phone_invalid'],
  [`100,${phone('10', 22)},KES,,`, 'amount_malformed'],
  [`${phone('10', 23)},100,KES,,${'x'.repeat(10_485_760)}`, 'row_too_long'],
  [`${phone('10', 24)},25.50,KES,,after the long one`, 255_000n],
  [`${phone('10', 24)},25.5,KES,,again`, 'duplicate_line'],
  [`${phone('10', 24)},26,KES,,another amount`, 260_000n],
  [`${phone('10', 25)},30,KES,first,`, 'duplicate_reference'],
  [`${phone('10', 26)},100,KES,,bell\u0007`, 'text_unfit'],
  [`${phone('10', 27)},100,KES,${'r'.repeat(129)},`, 'row_too_long'],
  [`${phone('10', 28)},100,KES`, 'row_malformed'],
  [`${phone('10', 29)}, 31 ,kes,last,`, 310_000n],
];
const LINES = MIXED.flatMap(([text, fate]) =>
  typeof fate === 'bigint' ? [`${text.split(',')[0]} KES ${fate}`] : [],
).toSorted();
const REJECTIONS = MIXED.flatMap(([, fate], at) =>
  typeof fate === 'bigint' ? [] : [{ row: at + 1, reason: fate }],
);
const mixedFile = () =>
  fileOf(
    'mixed',
    MIXED.map(([text]) => text),
  );

describe('a file with every kind of bad row', () => {
  it('is checked: each bad row is a rejection with its row and reason, each good one a line', async () => {
    expect(await submit(await mixedFile(), 'mixed')).toMatchObject({
      verdict: 'accepted',
      state: 'checked',
      rows: MIXED.length,
      lines: LINES.length,
      rejected: REJECTIONS.length,
    });
    const { stdout } = await runCli(['rejections', 'mixed', '--json'], system.cli);
    const told = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(told).toEqual(REJECTIONS.map((rejection) => expect.objectContaining(rejection)));
    expect(stdout).not.toMatch(/\d{9}/);
    const { stdout: shown } = await runCli(['lines', 'mixed', '--json'], system.cli);
    expect(shown.trimEnd().split('\n')).toHaveLength(LINES.length);
    expect(shown).not.toMatch(/\+254\d{9}/);
  });

  it('is not paid before its release, though a batch behind it is', async () => {
    await paysAGoodBatch('behind', '11');
    expect(await credited('10')).toEqual([]);
    expect(await stateOf('mixed')).toBe('checked');
  });

  it('is not released by somebody who looked at another version, or at none', async () => {
    expect(await failure('release', 'mixed', '--version', '1000')).toMatchObject({ code: 4 });
    expect(await failure('release', 'mixed', '--version', 'newest')).toMatchObject({ code: 2 });
    expect(await stateOf('mixed')).toBe('checked');
  });

  it('has its good rows paid after the release, to the cent and once, and no other', async () => {
    await askCli(['release', 'mixed'], system.cli);
    await untilState(system, 'mixed', ['completed'], ENDS_MS);
    expect(await credited('10')).toEqual(LINES);
  });

  it('is the same batch when it comes again, and not paid again', async () => {
    const { batchId } = await askCli(['batch', 'mixed'], system.cli);
    const before = await countCredits(system.simulatorUrl);
    expect(await submit(await mixedFile(), 'mixed')).toMatchObject({
      verdict: 'same',
      state: 'completed',
      batchId,
    });
    expect(await failure('release', 'mixed')).toMatchObject({ code: 4, error: 'CONFLICT' });
    await paysAGoodBatch('behind-same', '12');
    expect(await countCredits(system.simulatorUrl)).toBe(before + 3);
  });

  it.each([
    ['one amount', MIXED.map(([text]) => text.replace(',25.50,', ',25.51,')), []],
    ['one row more', [...MIXED.map(([text]) => text), ...goodRows('13', 1)], []],
    ['other terms', MIXED.map(([text]) => text), ['--allow-duplicates']],
  ])(
    'with %s changed is a conflict under the same reference, and changes nothing',
    async (what, lines, more) => {
      const before = await askCli(['batch', 'mixed'], system.cli);
      const file = await fileOf(`conflict ${what}`, lines);
      expect(await failure('submit', file, '--reference', 'mixed', ...more)).toMatchObject({
        code: 4,
        error: 'batch_conflict',
      });
      expect(await askCli(['batch', 'mixed'], system.cli)).toEqual(before);
      expect(await credited('13')).toEqual([]);
    },
  );

  it('has references that no later batch can use', async () => {
    const file = await fileOf('taken', [
      `${phone('14', 1)},10,KES,first,`,
      `${phone('14', 2)},10,KES,new,`,
    ]);
    expect(await submit(file, 'taken')).toMatchObject({ lines: 1, rejected: 1 });
    expect(await askCli(['rejections', 'taken'], system.cli)).toMatchObject({
      row: 1,
      reason: 'reference_taken',
    });
  });

  it('is refused as a whole where its submitter wants no rejections, and accepted without them', async () => {
    const bad = await fileOf('strict-bad', [...goodRows('15', 5), `${phone('15', 9)},-5,KES,,`]);
    expect(
      await failure('submit', bad, '--reference', 'strict', '--on-rejections', 'refuse'),
    ).toMatchObject({
      code: 5,
      error: 'batch_refused',
    });
    expect(await stateOf('strict')).toBe('refused');
    await expectUnpayable('strict');
    const good = await fileOf('strict-good', goodRows('15', 5));
    expect(await submit(good, 'strict', '--on-rejections', 'refuse')).toMatchObject({
      verdict: 'accepted',
      lines: 5,
    });
  });
});

describe('what the submitter says of the file', () => {
  it.each([
    ['too few rows', ['--expect-rows', '4'], 'rows'],
    ['too many rows', ['--expect-rows', '50000000'], 'rows'],
    ['a cent too much', ['--expect-total', 'KES 60.01'], 'control_sums'],
    ['another currency', ['--expect-total', 'UGX 60'], 'control_sums'],
    ['one currency too many', ['--expect-total', 'KES 60', 'UGX 1'], 'control_sums'],
    [
      'a total that counts no row',
      ['--expect-rows', '5', '--expect-total', 'KES 0'],
      'control_sums',
    ],
  ])(
    '(%s) and is not so makes the batch refused, and nothing payable',
    async (name, lie, mismatch) => {
      const file = await fileOf('expected', goodRows('20', 5));
      const refused = await failure('submit', file, '--reference', name, ...lie);
      expect(refused).toMatchObject({ code: 5, error: 'batch_refused' });
      expect(refused.message).toContain(mismatch);
      await expectUnpayable(name);
    },
  );

  it('and is so lets the batch be accepted, also after a lie under the same reference', async () => {
    const file = await fileOf('expected', goodRows('20', 5));
    const truth = ['--expect-rows', '5', '--expect-total', 'KES 60.00'];
    expect(await submit(file, 'too few rows', ...truth)).toMatchObject({
      verdict: 'accepted',
      lines: 5,
    });
  });

  it.each([
    ['--expect-rows', 'five'],
    ['--expect-rows', '-5'],
    ['--expect-total', '60'],
    ['--on-rejections', 'ignore'],
  ])('with %s %s is not even sent', async (option, value) => {
    const file = await fileOf('unsent', goodRows('21', 1));
    const { code } = await failure('submit', file, '--reference', 'unsent', option, value);
    expect(code).toBe(2);
    expect(await failure('batch', 'unsent')).toMatchObject({ code: 3, error: 'NOT_FOUND' });
  });
});

describe('a file that is no list of rows', () => {
  it.each([
    ['without rows', [], 'empty_batch', /no rows/],
    [
      'with a quote that is not closed',
      [...goodRows('22', 1_500), '"open,10,KES,,'],
      'FILE_UNREADABLE',
      /after row 1500/,
    ],
  ])('(%s) is not payable, and the submitter is told why', async (name, lines, error, message) => {
    const file = await fileOf('unreadable', lines);
    const told = await failure('submit', file, '--reference', name);
    expect(told).toMatchObject({ code: 5, error, message: expect.stringMatching(message) });
    if (lines.length > 0) await expectUnpayable(name);
  });

  it('because its header is wrong: the submitter is told which column', async () => {
    const file = join(folder, 'header.csv');
    await writeFile(file, 'phone,amount,currency,iban\n');
    const told = await failure('submit', file, '--reference', 'header');
    expect(told).toMatchObject({
      code: 5,
      message: expect.stringContaining('unknown column "iban"'),
    });
  });
});

/** JSON of jobs that no producer of ours would add. */
