import type { Command } from 'commander';
import type { ProbeOptions } from '../commands/probe.ts';
import { addCommand, told, type Json } from './command.ts';

const setup = () => import('../commands/setup.ts');

/** What is done once, or seldom, by who keeps the installation. */
export function addSetUp(program: Command): void {
  addCommand(program, 'migrate', 'bring the database to this version').action(
    async (options: Json, command: Command) => (await setup()).migrate(told(options, command)),
  );
  addCommand(program, 'keygen', 'make a key for LEDGER_PRIVATE_KEY').action(
    async (options: Json, command: Command) =>
      (await setup()).makeLedgerKey(told(options, command)),
  );
  addSources(program);
  addCommand(program, 'probe', 'measure what a repeated key does, in the sandbox or a simulator')
    .option('--phone <number>', 'the number that is asked for', '+254711000001')
    .option('--amount <money>', 'of the first send; each further pair asks for one more', 'KES 10')
    .option('--max-minutes <minutes>', 'the oldest send that is repeated', '10')
    .option('--after <list>', 'ages in seconds at which sends are repeated, like 1,5,60')
    .action(async (options: ProbeOptions & Json, command: Command) => {
      const { probe } = await import('../commands/probe.ts');
      return probe(told(options, command));
    });
}

function addSources(program: Command): void {
  const source = program.command('source').description('systems that may submit');
  addCommand(source, 'add <name>', 'add a source and print its credential, once').action(
    async (name: string, options: Json, command: Command) =>
      (await setup()).addSourceCommand(name, told(options, command)),
  );
  addCommand(source, 'rotate <name>', 'give a source another key and print its credential, once')
    .option('--overlap-hours <hours>', 'how long the old key is taken as well', '24')
    .option('--reason <text>', 'why, for the record')
    .action(
      async (
        name: string,
        options: Json & { overlapHours: string; reason?: string },
        command: Command,
      ) => (await setup()).rotateSourceCommand(name, told(options, command)),
    );
  addCommand(source, 'revoke <name>', 'take nothing of a source any more, from its next message on')
    .requiredOption('--reason <text>', 'why, for the record')
    .action(async (name: string, options: Json & { reason: string }, command: Command) =>
      (await setup()).revokeSourceCommand(name, told(options, command)),
    );
  addCommand(source, 'list', 'all sources, and how their keys stand').action(
    async (options: Json, command: Command) => (await setup()).showSources(told(options, command)),
  );
}
