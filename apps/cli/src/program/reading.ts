import type { Command } from 'commander';
import type { FindOptions } from '../commands/find.ts';
import type { ReportOptions } from '../commands/report.ts';
import { addCommand, told, type Json } from './command.ts';

const reads = () => import('../commands/reads.ts');

/** What only looks. */
export function addReading(program: Command): void {
  addCommand(program, 'batches', 'the newest batches')
    .option('--limit <count>', 'how many', '20')
    .action(async (options: Json & { limit: string }, command: Command) =>
      (await reads()).showBatches(told(options, command)),
    );
  addCommand(program, 'batch <batch>', 'one batch').action(
    async (batch: string, options: Json, command: Command) =>
      (await reads()).showBatch(batch, told(options, command)),
  );
  addCommand(program, 'report <batch>', 'what became of a batch')
    .option('--signed', 'as JSON with the head of the audit chain, signed (LEDGER_PRIVATE_KEY)')
    .action(async (batch: string, options: ReportOptions & Json, command: Command) => {
      const { report } = await import('../commands/report.ts');
      return report(batch, told(options, command));
    });
  addCommand(program, 'rejections <batch>', 'rows that never became lines').action(
    async (batch: string, options: Json, command: Command) =>
      (await reads()).showRejections(batch, told(options, command)),
  );
  addLines(program);
}

function addLines(program: Command): void {
  addCommand(program, 'lines <batch>', 'the lines of a batch')
    .option('--state <state>', 'only those in this state')
    .option('--after <line>', 'only those after this line', '0')
    .option('--limit <count>', 'how many', '1000')
    .option('--phones', 'show phones whole')
    .action(
      async (batch: string, options: Json & { after: string; limit: string }, command: Command) =>
        (await reads()).showLines(batch, told(options, command)),
    );
  addCommand(
    program,
    'line <batch> <line>',
    'the story of one line: everything that was recorded of it',
  ).action(async (batch: string, seq: string, options: Json, command: Command) =>
    (await reads()).showLine(batch, seq, told(options, command)),
  );
  addCommand(program, 'find', 'lines of any batch, the newest first')
    .option('--phone <number>', 'to this phone, with its plus')
    .option('--reference <reference>', 'with this reference of the submitter')
    .option('--source <name>', 'with --reference: of this source only')
    .option('--request-id <id>', 'that the provider calls so: ATQid_…')
    .option('--limit <count>', 'how many', '100')
    .option('--phones', 'show phones whole')
    .action(async (options: FindOptions & Json, command: Command) => {
      const { find } = await import('../commands/find.ts');
      return find(told(options, command));
    });
}
