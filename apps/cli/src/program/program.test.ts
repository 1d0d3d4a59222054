import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { EXIT_MEANINGS } from '../exit-codes.ts';
import { createProgram } from './program.ts';

const README = new URL('../../../../README.md', import.meta.url);

const commands = leaves(createProgram()).map((command) => [nameOf(command), command] as const);
const examples = commands.flatMap(([, command]) => examplesOf(command));

describe.each(commands)('salio %s', (name, command) => {
  it('says in a few words what it is for', () => {
    expect(command.description()).toMatch(/^\S.{6,90}[^.\s]$/);
  });

  it('shows at least one example, and only of itself', () => {
    const lines = examplesOf(command);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(new RegExp(`^(\\w+=\\w+ )?salio ${name}\\b`));
  });

  it('speaks JSON', () => {
    expect(command.options.map((option) => option.long)).toContain('--json');
  });

  it('explains every option', () => {
    for (const option of command.options) expect(option.description).not.toBe('');
  });
});

describe('examples', () => {
  it.each(examples)('%s', async (line) => {
    expect(line).toContain(`salio ${await commandOf(line)}`);
  });

  it.each(examplesOfReadme())('of the README: %s', async (line) => {
    expect(line).toContain(`salio ${await commandOf(line)}`);
  });

  it('would fail with a word that is not known', async () => {
    await expect(commandOf('salio release january --becaus x')).rejects.toThrow('unknown option');
    await expect(commandOf('salio releese january')).rejects.toThrow('Did you mean release?');
    await expect(commandOf('salio source ad payroll')).rejects.toThrow('Did you mean add?');
    await expect(commandOf('salio stop')).rejects.toThrow("'--reason <text>' not specified");
  });
});

describe('salio --help', () => {
  const help = helpOf(createProgram());

  it('lists every command in a group', () => {
    for (const [name] of commands) expect(help).toContain(`\n  ${name.split(' ')[0]}`);
    expect(help).not.toContain('\nCommands:');
  });

  it('lists every exit code', () => {
    for (const [code, meaning] of Object.entries(EXIT_MEANINGS))
      expect(help).toContain(`\n  ${code}  ${meaning}\n`);
  });
});

/** All commands that do something, wherever they stand in the tree. */
function leaves(command: Command): Command[] {
  // A group of commands has no example of its own; one that does something may have others below it.
  const acts = command.parent !== null && command.options.some(({ long }) => long === '--json');
  return [...(acts ? [command] : []), ...command.commands.flatMap(leaves)];
}

function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (piece) => void (text += piece) });
  command.outputHelp();
  return text;
}

function examplesOf(command: Command): string[] {
  return [...helpOf(command).matchAll(/^ {2}\$ (.+)$/gm)].map(([, line = '']) => line);
}

/** As people would type them with an installed `salio`. */
function examplesOfReadme(): string[] {
  const lines = readFileSync(README, 'utf8').matchAll(/^(.*)\bnpm run salio -- (.+)$/gm);
  const found = [...lines].flatMap(([, before = '', rest = '']) =>
    /^(amina |brian )?$/.test(before) ? [`salio ${rest}`] : [],
  );
  return found.length > 0 ? found : ['the README has no example'];
}

/** Reads a line as a shell and the program would, and returns which command it means. Throws where it can't be read. */
async function commandOf(line: string): Promise<string> {
  const program = createProgram();
  let meant = 'no command';
  for (const command of leaves(program)) command.action(() => void (meant = nameOf(command)));
  const typed = line.replace(/ (#|>>?) .*$/, '').replace(/^(\w+=\w+ )?salio /, '');
  const words = [...typed.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
  await program.parseAsync(words, { from: 'user' });
  return meant;
}
