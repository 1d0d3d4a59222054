import type { Command } from 'commander';
import type { CapOptions } from '../commands/caps.ts';
import { addCommand, told, type Json } from './command.ts';
import { OF_DESK, OF_DESK_READERS } from './setting-texts.ts';

const caps = () => import('../commands/caps.ts');

/** What limits claims. */
export function addCaps(program: Command): void {
  const cap = program.command('cap').description('what limits claims');
  addCommand(cap, {
    usage: 'list',
    says: 'what limits claims, and how many lines it holds',
    settings: OF_DESK_READERS,
    examples: ['salio cap list'],
  }).action(async (options: Json, command: Command) =>
    (await caps()).showCaps(told(options, command)),
  );
  addCommand(cap, {
    usage: 'set <name> <amount>',
    says: 'set a cap, or set it anew: lines over it are held',
    settings: OF_DESK,
    examples: [
      'salio cap set a-day "KES 2000000" --per account --period day --zone Africa/Nairobi --reason "policy"',
      'salio cap set a-phone "KES 5000" --per recipient --period month --reason "policy"',
      'salio cap set a-batch "KES 500000" --per batch --source rewards --disabled --reason "not any more"',
    ],
  })
    .requiredOption('--per <what>', 'what is counted together: batch, source, account, recipient')
    .option('--period <length>', 'within what: day, week, month; not per batch')
    .option('--zone <name>', 'the time zone in which it begins (UTC)')
    .option('--source <name>', 'only lines of this source')
    .option('--disabled', 'it does not hold any more')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--version <number>', 'the version that you looked at; 0 for a new one')
    .action(async (name: string, amount: string, options: CapOptions & Json, command: Command) =>
      (await caps()).setCap(name, amount, told(options, command)),
    );
}
