import { runCli } from '@salio/testkit';
import { expect, it } from 'vitest';

/** Where nobody listens. */
const AWAY = { DATABASE_URL: 'postgres://app@127.0.0.1:1/salio' };

it.each([
  ['a mistyped command', ['relase', 'january'], 'USAGE', 2, 'Did you mean release?'],
  [
    'a mistyped option',
    ['release', 'january', '--reasn', 'x'],
    'USAGE',
    2,
    'Did you mean --reason?',
  ],
  ['a missing argument', ['release'], 'USAGE', 2, "missing required argument 'batch'"],
  ['a missing option', ['stop'], 'USAGE', 2, "required option '--reason <text>'"],
  ['an argument too many', ['batches', 'january'], 'USAGE', 2, 'too many arguments'],
  ['no command', [], 'USAGE', 2, 'salio --help'],
  ['half a command', ['source'], 'USAGE', 2, 'salio --help'],
  ['a value that can not be', ['batches', '--limit', 'x'], 'USAGE', 2, 'not a number'],
  ['a database that is away', ['batches'], 'ECONNREFUSED', 6, '127.0.0.1:1'],
  ['the same behind another', ['report', 'january'], 'ECONNREFUSED', 6, '127.0.0.1:1'],
] as const)(
  '%s ends with its exit code, for people and programs',
  async (_, args, error, exitCode, says) => {
    const { code, stdout, stderr } = await runCli([...args, '--json'], AWAY);
    expect(code).toBe(exitCode);
    const told = { error, exitCode, message: expect.stringContaining(says) };
    expect(JSON.parse(stdout)).toEqual(told);
    expect(stderr).toContain(`salio: `);
    expect(stderr).toContain(says);
  },
);

it('takes a setting that is missing for a wrong command line', async () => {
  const { code, stderr } = await runCli(['batches'], {});
  expect([code, stderr]).toEqual([2, expect.stringContaining('DATABASE_URL: is required')]);
});

it.each([[['--help']], [['help', 'release']], [['release', '--help']]])(
  'gives the help that was asked for with %s, and nothing else',
  async (args) => {
    const { code, stdout, stderr } = await runCli(args, {});
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Usage: salio /);
    expect(stdout).toContain('Exit codes:');
  },
);
