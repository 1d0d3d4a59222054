import { describe, expect, it } from 'vitest';
import { askCli, runCli, untilState } from '@salio/testkit';
import { credited, ENDS_MS, failure, fileOf, submit, system, useScene } from './bad-scene.ts';

useScene();

/** The simulator cuts the connection for phones that end in 9917, which it credits, and 9918, which it does not. */
const PAID = '+254714009917';
const UNPAID = '+254714009918';
const BATCH = 'cut-off';

/** How a command of somebody ended, and what it said to programs. */
const refused = async (args: readonly string[], env: Readonly<Record<string, string>>) => {
  const { code, stdout } = await runCli([...args, '--json'], env);
  return { code, said: stdout };
};

describe('lines whose answers were lost', () => {
  it('are decided by two people, and only what was not paid is sent once more', async () => {
    const { amina: first, baraka: second } = await system.people({
      amina: 'operator,approver',
      baraka: 'approver',
    });
    await submit(await fileOf(BATCH, [`${PAID},10,KES,,`, `${UNPAID},20,KES,,`]), BATCH);
    await askCli(['release', BATCH], system.cli);
    await untilState(system, BATCH, ['completed'], ENDS_MS);
    expect(await askCli(['worklist', '--batch', BATCH], system.cli)).toMatchObject({
      unresolved: [{ lines: 2, amount: 'KES 30.0000', hasRequestId: false, proposed: 0 }],
      failed: [],
      proposals: [],
    });

    const young = await failure('decide', '--unpaid', '--batch', BATCH, '--reason', 'no record');
    expect(young).toMatchObject({
      code: 4,
      message: expect.stringContaining('2 its last send is too young'),
    });

    const paid = ['decide', '--paid', '--batch', BATCH, '--lines', '1'];
    expect(await askCli([...paid, '--dry-run'], first)).toMatchObject({ dryRun: true, lines: 1 });
    const one = await askCli([...paid, '--reason', 'it is on the statement'], first);
    expect(one).toMatchObject({ verdict: 'paid', lines: 1, sums: ['KES 10.0000'], refused: {} });
    const unpaid = [
      'decide',
      '--unpaid',
      '--batch',
      BATCH,
      '--lines',
      '2',
      '--expect-total',
      'KES 20',
    ];
    const two = await askCli([...unpaid, '--reason', 'it is not on the statement'], first);

    const confirm = (told: Record<string, unknown>) => [
      'decide',
      '--confirm',
      String(told['decision']),
      '--reason',
      'I looked it up',
    ];
    const same = await refused(confirm(two), first);
    expect(same).toMatchObject({ code: 4, said: expect.stringContaining('another person') });
    const glass = { ...system.cli, SALIO_OPERATOR: 'baraka', UNPAID_AFTER_SECONDS: '0.1' };
    expect(await refused(confirm(two), glass)).toMatchObject({
      code: 4,
      said: expect.stringContaining('straight on the database never counts'),
    });
    expect(await askCli(confirm(one), second)).toMatchObject({ lines: 1, proposedBy: 'amina' });
    expect(await askCli(confirm(two), second)).toMatchObject({ lines: 1, adopted: 0 });
    expect((await refused(confirm(two), second)).code).toBe(4);

    expect(await askCli(['line', BATCH, '1'], system.cli)).toMatchObject({
      kind: 'resolution',
      to: 'succeeded',
      evidence: 'decision',
      evidenceId: one['decision'],
    });
    await fetch(`${system.simulatorUrl}/simulator/settings`, {
      method: 'POST',
      body: JSON.stringify({ MAGIC: false }),
    });
    expect(await askCli(['retry', BATCH], system.cli)).toMatchObject({
      lines: 1,
      sums: ['KES 20.0000'],
    });
    await untilState(system, BATCH, ['completed'], ENDS_MS);
    expect(await credited('40')).toEqual([`${PAID} KES 100000`, `${UNPAID} KES 200000`]);
  });
});

describe('a decision that can not be', () => {
  it.each([
    [['decide', '--reason', 'why'], 'say --paid or --unpaid'],
    [['decide', '--paid', '--unpaid', '--batch', BATCH], 'say --paid or --unpaid'],
    [['decide', '--paid', '--batch', BATCH], 'needs a --reason'],
    [['decide', '--paid', '--reason', 'why'], 'choose lines with'],
    [['decide', '--paid', '--lines', '1', '--reason', 'why'], 'name it with --batch'],
    [['decide', '--paid', '--attempt', 'x', '--reason', 'why'], '"x" is neither'],
    [['decide', '--paid', '--text', 'x', '--expect-total', '5', '--reason', 'why'], '"5" is not'],
    [['decide', '--confirm', 'x', '--reason', 'why'], '"x" is none'],
    [['decide', '--confirm', '1', '--paid', '--reason', 'why'], 'only --reason and --dry-run'],
  ])('is named: %s', async (args, message) => {
    expect(await failure(...args)).toMatchObject({
      code: 2,
      error: 'USAGE',
      message: expect.stringContaining(message),
    });
  });

  it('of a proposal or a batch that there is not is not found', async () => {
    const one = await failure('decide', '--confirm', '999', '--reason', 'why');
    expect(one).toMatchObject({ code: 3, error: 'NOT_FOUND' });
    const other = await failure('decide', '--paid', '--batch', 'nowhere', '--reason', 'why');
    expect(other).toMatchObject({ code: 3, error: 'NOT_FOUND' });
  });
});
