import type { Command } from 'commander';

/** What commander gives for `--json`. */
export interface Json {
  json?: true;
}

/** Adds a command with the options that all of them have. */
export function addCommand(parent: Command, usage: string, says: string): Command {
  return parent
    .command(usage)
    .description(says)
    .option('--json', 'one JSON object per line, for programs');
}

/** What a command was told. `--json` counts as well where it stands before the command's name. */
export function told<Options extends Json>(
  options: Options,
  command: Command,
): Omit<Options, 'json'> & { json: boolean } {
  return { ...options, json: command.optsWithGlobals<Json>().json ?? false };
}
