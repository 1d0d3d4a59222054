import type { Command } from 'commander';
import type { FloatSetOptions, PostingOptions, PostingsOptions } from '../commands/float.ts';
import { addCommand, told, type Json } from './command.ts';
import { OF_DESK, OF_DESK_READERS, OF_READERS } from './setting-texts.ts';

const float = () => import('../commands/float.ts');

/** What provider accounts have left, and what moved it. */
export function addFloat(program: Command): void {
  const floats = program.command('float').description('what provider accounts have left');
  addCommand(floats, {
    usage: 'list',
    says: 'what each account has, has reserved and has spent',
    settings: OF_DESK_READERS,
    examples: ['salio float list'],
  }).action(async (options: Json, command: Command) =>
    (await float()).showFloats(told(options, command)),
  );
  addSet(floats);
  addEnter(floats);
  addCommand(floats, {
    usage: 'postings',
    says: 'what moved the floats, the newest first',
    settings: OF_DESK_READERS,
    examples: ['salio float postings', 'salio float postings --batch january --limit 1000 --json'],
  })
    .option('--account <name>', 'only of this account')
    .option('--batch <batch>', 'only of the lines of this batch')
    .option('--entered', 'only what people entered')
    .option('--limit <count>', 'how many', '50')
    .action(async (options: PostingsOptions & Json, command: Command) =>
      (await float()).showPostings(told(options, command)),
    );
  addCommand(floats, {
    usage: 'check',
    says: 'add up every posting and every line, and compare',
    settings: OF_READERS,
    examples: ['salio float check'],
  }).action(async (options: Json, command: Command) =>
    (await float()).checkAllFloats(told(options, command)),
  );
}

function addSet(floats: Command): void {
  addCommand(floats, {
    usage: 'set <account> <currency>',
    says: 'keep to a float, or do not; say when it is low',
    settings: OF_DESK,
    examples: [
      'salio float set salio KES --enforced --low "KES 50000" --reason "policy of July"',
      'salio float set salio KES --no-enforced --low none --reason "paid from another account"',
    ],
  })
    .option('--enforced', 'claim nothing that is not there')
    .option('--no-enforced', 'claim whatever is there')
    .option('--low <money>', 'raise an alarm below this; none: never')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--version <number>', 'the version that you looked at')
    .action(
      async (
        account: string,
        currency: string,
        options: FloatSetOptions & Json,
        command: Command,
      ) => (await float()).setFloat(account, currency, told(options, command)),
    );
}

function addEnter(floats: Command): void {
  addCommand(floats, {
    usage: 'enter <kind> <account> <amount>',
    says: 'enter a top-up, withdrawal, refund or write-off',
    settings: OF_DESK,
    examples: [
      'salio float enter top-up salio "KES 250000" --reference BANK-4711',
      'salio float enter refund salio "KES 96" --reference AT-2026-11 --reason "told by mail"',
    ],
  })
    .requiredOption('--reference <text>', 'its number at the bank or the provider: entered once')
    .option('--reason <text>', 'why, for the record')
    .action(
      async (
        kind: string,
        account: string,
        amount: string,
        options: PostingOptions & Json,
        command: Command,
      ) => (await float()).enterPosting(kind, account, amount, told(options, command)),
    );
}
