import type { Command } from 'commander';
import type { RetryOptions } from '../commands/retry.ts';
import { addCommand, told, type Json } from './command.ts';

const orders = () => import('../commands/orders.ts');

const OF_A_BATCH = [
  ['release', 'let a checked batch go'],
  ['pause', 'stop new claims of a batch'],
  ['resume', 'let a paused batch go on'],
  ['cancel', 'take a batch back for good'],
] as const;

/** What one person may order. */
export function addOrders(program: Command): void {
  for (const [name, says] of OF_A_BATCH) {
    const command = addCommand(program, `${name} <batch>`, says);
    command.option('--reason <text>', 'why, for the record');
    if (name === 'release') command.option('--version <number>', 'the version that you looked at');
    command.action(async (batch: string, options: Json & { reason?: string }) =>
      (await orders())[name](batch, told(options, command)),
    );
  }
  addCommand(
    program,
    'retry <batch>',
    'queue failed lines again that are proven unpaid, for a new attempt',
  )
    .option('--lines <list>', 'only these, like 1,5-9; otherwise every failed line')
    .option('--reason <text>', 'why, for the record')
    .option('--dry-run', 'change nothing, and say what would be done')
    .action(async (batch: string, options: RetryOptions & Json, command: Command) => {
      const { retry } = await import('../commands/retry.ts');
      return retry(batch, told(options, command));
    });
  addCommand(program, 'stop', 'stop all new claims, or those of one account')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--account <name>', 'one provider account only')
    .action(async (options: Json & { reason: string }, command: Command) =>
      (await orders()).stop(told(options, command)),
    );
  addCommand(program, 'start', 'let claims go on')
    .option('--reason <text>', 'why, for the record')
    .option('--account <name>', 'one provider account only')
    .action(async (options: Json, command: Command) =>
      (await orders()).start(told(options, command)),
    );
}
