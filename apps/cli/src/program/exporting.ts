import type { Command } from 'commander';
import type { ExportOptions } from '../commands/export.ts';
import { addCommand, told, type Json } from './command.ts';
import { OF_DESK } from './setting-texts.ts';

/** What leaves as a file. */
export function addExporting(program: Command): void {
  addCommand(program, {
    usage: 'export <kind>',
    says: 'lines, attempts, discrepancies or postings as CSV, however many there are',
    settings: OF_DESK,
    examples: [
      'salio export lines --batch january --out january.csv',
      'salio export lines --from "2026-11-01 00:00 Africa/Nairobi" --to "2026-12-01 00:00 Africa/Nairobi" --out november.csv',
      'salio export attempts --batch january --ending unknown,unanswered --phones --out doubtful.csv',
      'salio export postings --account africastalking/acme --out postings.csv',
      'salio export discrepancies --about amount_differs > differences.csv',
    ],
  })
    .option('--out <file>', 'written whole or not at all; without it to standard output')
    .option('--batch <batch>', 'of this batch')
    .option('--source <name>', 'of this source')
    .option('--from <moment>', 'changed, sent or noticed then or later')
    .option('--to <moment>', 'changed, sent or noticed before then')
    .option('--phone <number>', 'of lines: to this phone, with its plus')
    .option('--state <states>', 'of lines: in one of these states, between commas')
    .option('--ending <endings>', 'of attempts: that ended so, between commas')
    .option('--about <kind>', 'of discrepancies: only this kind')
    .option('--account <name>', 'of postings: only this account of the provider')
    .option('--phones', 'show phones whole; this is written down')
    .action(async (kind: string, options: ExportOptions & Json, command: Command) => {
      const { exportRows } = await import('../commands/export.ts');
      return exportRows(kind, told(options, command));
    });
}
