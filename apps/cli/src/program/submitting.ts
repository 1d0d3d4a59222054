import type { Command } from 'commander';
import type { SubmitOptions } from '../submission/options.ts';
import { addCommand, told, type Json } from './command.ts';
import { OF_DESK_READERS, OF_SUBMITTERS } from './setting-texts.ts';

const OF_DRY_RUN = ['AMOUNT_LIMITS', 'AUTO_RELEASE_MAX', 'REPEAT_WITHIN_SECONDS'] as const;

/** What a system that may submit does, with Redis and a credential, and what people and programs do with keys of the ops API. */
export function addSubmitting(program: Command): void {
  addCommand(program, {
    usage: 'submit <file>',
    says: 'submit a CSV file: with a credential through Redis, otherwise to the ops API',
    settings: [...OF_SUBMITTERS, ...OF_DESK_READERS, ...OF_DRY_RUN],
    examples: [
      'salio submit january.csv --reference payroll-2026-01',
      'salio submit january.csv --reference payroll-2026-01 --source payroll --dry-run',
      'salio submit january.csv --reference payroll-2026-01 --expect-rows 5000 --expect-total "KES 1250000"',
      'salio submit staff.csv --reference bonus --map \'phone=Mobile,amount="Net pay"\' --currency KES',
      'salio submit january.csv --reference payroll-2026-01 --rejections rejected.csv --wait --json',
      'salio submit corrected.csv --reference payroll-2026-01-b --corrects payroll-2026-01',
      'salio submit bonus.csv --reference bonus --not-before "2026-12-01 08:00 Africa/Nairobi"',
    ],
  })
    .requiredOption('--reference <reference>', 'your own unique name for the batch')
    .option('--currency <code>', 'for rows without a currency')
    .option(
      '--country <code>',
      'of phones without their +, like KE; default: the home of the currency',
    )
    .option('--map <columns>', 'what the file calls its columns: phone=Mobile,amount="Net pay"')
    .option('--encoding <name>', 'of a file that is not UTF-8: utf-16le, utf-16be, windows-1252')
    .option('--on-rejections <what>', 'hold, refuse or proceed', 'hold')
    .option('--rejections <file>', 'write rejected rows there, to be corrected and submitted again')
    .option('--allow-duplicates', 'let the same phone and amount stand twice')
    .option('--not-before <moment>', 'send nothing before, like "2026-12-01 08:00 Africa/Nairobi"')
    .option('--expires-at <moment>', 'cancel what is not sent by then, like 2026-12-02T20:00+03:00')
    .option('--quiet-hours <hours>', 'send nothing then, like "21:00-08:00 Africa/Nairobi"')
    .option('--corrects <batch>', 'reference of the batch whose rejected rows these are, corrected')
    .option('--expect-rows <count>', 'refuse the batch if it has another number of rows')
    .option(
      '--expect-total <money...>',
      'refuse the batch if it adds up to something else, e.g. "KES 1000.50"',
    )
    .option('--source <name>', 'whose batch it is: the ops API asks it of who has none')
    .option('--idempotency-key <key>', 'of the ops API: one key, one file; default: a random one')
    .option('--dry-run', 'change nothing, and say what would become of it')
    .option('--wait', 'return when the batch is completed or cancelled')
    .action(async (file: string, options: SubmitOptions & Json, command: Command) => {
      const { submit } = await import('../commands/submit.ts');
      return submit(file, told(options, command));
    });
}
