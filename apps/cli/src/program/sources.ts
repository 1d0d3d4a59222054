import type { Command } from 'commander';
import { addCommand, told, type Json } from './command.ts';
import { OF_DESK, OF_DESK_READERS } from './setting-texts.ts';

const sources = () => import('../commands/sources.ts');

/** Which systems may submit. */
export function addSources(program: Command): void {
  const source = program.command('source').description('systems that may submit');
  addCommand(source, {
    usage: 'add <name>',
    says: 'add a source and print its credential, once',
    settings: [...OF_DESK, 'LEDGER_PRIVATE_KEY'],
    examples: ['salio source add payroll'],
  }).action(async (name: string, options: Json, command: Command) =>
    (await sources()).addSource(name, told(options, command)),
  );
  addCommand(source, {
    usage: 'rotate <name>',
    says: 'give a source another key and print its credential, once',
    settings: [...OF_DESK, 'LEDGER_PRIVATE_KEY'],
    examples: [
      'salio source rotate payroll',
      'salio source rotate payroll --overlap-hours 0 --reason "its disk was lost"',
    ],
  })
    .option('--overlap-hours <hours>', 'how long the old key is taken as well', '24')
    .option('--reason <text>', 'why, for the record')
    .action(
      async (
        name: string,
        options: Json & { overlapHours: string; reason?: string },
        command: Command,
      ) => (await sources()).rotateSource(name, told(options, command)),
    );
  addCommand(source, {
    usage: 'revoke <name>',
    says: 'take nothing of a source any more, from its next message on',
    settings: OF_DESK,
    examples: ['salio source revoke payroll --reason "replaced by hr"'],
  })
    .requiredOption('--reason <text>', 'why, for the record')
    .action(async (name: string, options: Json & { reason: string }, command: Command) =>
      (await sources()).revokeSource(name, told(options, command)),
    );
  addCommand(source, {
    usage: 'list',
    says: 'all sources, and how their keys stand',
    settings: OF_DESK_READERS,
    examples: ['salio source list'],
  }).action(async (options: Json, command: Command) =>
    (await sources()).showSources(told(options, command)),
  );
}
