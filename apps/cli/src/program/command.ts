import type { Command } from 'commander';
import { SETTING_TEXTS, type SettingName } from './setting-texts.ts';

/** What commander gives for `--json`. */
export interface Json {
  json?: true;
}

/** What is said of a command. */
export interface CommandText {
  /** Its name and arguments. */
  readonly usage: string;
  /** A sentence of few words, for the list of commands. */
  readonly says: string;
  /** Settings that it reads. */
  readonly settings: readonly SettingName[];
  /** At least one, as it is typed: a test reads each of them. */
  readonly examples: readonly [string, ...string[]];
}

/** Adds a command with the option and the help that all of them have. */
export function addCommand(parent: Command, text: CommandText): Command {
  const { usage, says, settings, examples } = text;
  const paragraphs = [
    settings.length > 0 ? ['Settings, from the environment:', ...settings.map(settingLine)] : [],
    ['Examples:', ...examples.map((example) => `  $ ${example}`)],
    ['Exit codes: salio --help'],
  ];
  return parent
    .command(usage)
    .description(says)
    .option('--json', 'one JSON object per line, for programs')
    .addHelpText(
      'after',
      paragraphs
        .filter((lines) => lines.length > 0)
        .map((lines) => `\n${lines.join('\n')}`)
        .join('\n'),
    );
}

/** What a command was told. `--json` counts as well where it stands before the command's name. */
export function told<Options extends Json>(
  options: Options,
  command: Command,
): Omit<Options, 'json'> & { json: boolean } {
  return { ...options, json: command.optsWithGlobals<Json>().json ?? false };
}

function settingLine(name: SettingName): string {
  return `  ${name.padEnd(WIDEST)}  ${SETTING_TEXTS[name]}`;
}

const WIDEST = Math.max(...Object.keys(SETTING_TEXTS).map((name) => name.length));
