import type { Command } from 'commander';
import type { RetryOptions } from '../commands/retry.ts';
import { addCommand, told, type Json } from './command.ts';
import { OF_DESK, OF_PROVIDER } from './setting-texts.ts';

const orders = () => import('../commands/orders.ts');

const OF_A_BATCH = [
  [
    'release',
    'let a checked batch go',
    [
      'salio release january --reason "as agreed"',
      'salio release january --version 3 --repeats 12 --json',
    ],
  ],
  [
    'pause',
    'stop new claims of a batch',
    ['salio pause january --reason "the totals look too high"'],
  ],
  ['resume', 'let a paused batch go on', ['salio resume january']],
  ['cancel', 'take a batch back for good', ['salio cancel january --reason "the wrong file"']],
] as const;

const OF_RELEASE = [...OF_DESK, 'REPEAT_WITHIN_SECONDS'] as const;

/** What one person may order. */
export function addOrders(program: Command): void {
  for (const [name, says, examples] of OF_A_BATCH) {
    const settings = name === 'release' ? OF_RELEASE : OF_DESK;
    const text = { usage: `${name} <batch>`, says, settings, examples };
    const command = addCommand(program, text).option('--reason <text>', 'why, for the record');
    if (name === 'release') {
      command.option('--version <number>', 'the version that you looked at');
      command.option('--repeats <count>', 'so many lines may repeat other batches', '0');
    }
    command.action(async (batch: string, options: Json & { reason?: string }) =>
      (await orders())[name](batch, told(options, command)),
    );
  }
  addRetry(program);
  addCommand(program, {
    usage: 'stop',
    says: 'stop all new claims, or those of one account',
    settings: OF_DESK,
    examples: [
      'salio stop --reason "the provider is in trouble"',
      'salio stop --account africastalking/acme --reason "its wallet is empty"',
    ],
  })
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--account <name>', 'one provider account only')
    .action(async (options: Json & { reason: string }, command: Command) =>
      (await orders()).stop(told(options, command)),
    );
  addCommand(program, {
    usage: 'start',
    says: 'let claims go on',
    settings: OF_DESK,
    examples: ['salio start', 'salio start --account africastalking/acme --reason "topped up"'],
  })
    .option('--reason <text>', 'why, for the record')
    .option('--account <name>', 'one provider account only')
    .action(async (options: Json, command: Command) =>
      (await orders()).start(told(options, command)),
    );
}

function addRetry(program: Command): void {
  addCommand(program, {
    usage: 'retry <batch>',
    says: 'queue failed lines again that are proven unpaid, for a new attempt',
    settings: [...OF_DESK, ...OF_PROVIDER],
    examples: [
      'salio retry january --dry-run',
      'salio retry january --lines 4,7-9 --reason "the limit was raised"',
      'salio retry january --text "Insufficient balance" --reason "topped up"',
    ],
  })
    .option('--lines <list>', 'only these, like 1,5-9; otherwise every failed line')
    .option('--text <text>', 'only lines of which this is said, as the worklist shows it')
    .option('--reason <text>', 'why, for the record')
    .option('--dry-run', 'change nothing, and say what would be done')
    .action(async (batch: string, options: RetryOptions & Json, command: Command) => {
      const { retry } = await import('../commands/retry.ts');
      return retry(batch, told(options, command));
    });
}
