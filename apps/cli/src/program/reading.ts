import type { Command } from 'commander';
import type { FindOptions } from '../commands/find.ts';
import type { ReportOptions } from '../commands/report.ts';
import { addCommand, told, type Json } from './command.ts';
import { OF_DESK_READERS, OF_READERS } from './setting-texts.ts';

const reads = () => import('../commands/reads.ts');

/** What only looks. */
export function addReading(program: Command): void {
  addCommand(program, {
    usage: 'batches',
    says: 'the newest batches',
    settings: OF_READERS,
    examples: ['salio batches', 'salio batches --limit 100 --json'],
  })
    .option('--limit <count>', 'how many', '20')
    .action(async (options: Json & { limit: string }, command: Command) =>
      (await reads()).showBatches(told(options, command)),
    );
  addCommand(program, {
    usage: 'batch <batch>',
    says: 'one batch',
    settings: OF_DESK_READERS,
    examples: ['salio batch january'],
  }).action(async (batch: string, options: Json, command: Command) =>
    (await reads()).showBatch(batch, told(options, command)),
  );
  addCommand(program, {
    usage: 'report <batch>',
    says: 'what became of a batch',
    settings: [...OF_DESK_READERS, 'LEDGER_PRIVATE_KEY'],
    examples: ['salio report january', 'salio report january --signed'],
  })
    .option('--signed', 'as JSON with the head of the audit chain, signed (LEDGER_PRIVATE_KEY)')
    .action(async (batch: string, options: ReportOptions & Json, command: Command) => {
      const { report } = await import('../commands/report.ts');
      return report(batch, told(options, command));
    });
  addCommand(program, {
    usage: 'rejections <batch>',
    says: 'rows that never became lines',
    settings: OF_DESK_READERS,
    examples: ['salio rejections january'],
  }).action(async (batch: string, options: Json, command: Command) =>
    (await reads()).showRejections(batch, told(options, command)),
  );
  addCommand(program, {
    usage: 'watch <batch>',
    says: 'look at a batch until it is completed or cancelled',
    settings: OF_DESK_READERS,
    examples: ['salio watch january', 'salio watch january --json'],
  }).action(async (batch: string, options: Json, command: Command) => {
    const { watch } = await import('../commands/watch.ts');
    return watch(batch, told(options, command));
  });
  addLines(program);
}

function addLines(program: Command): void {
  addCommand(program, {
    usage: 'lines <batch>',
    says: 'the lines of a batch',
    settings: OF_READERS,
    examples: ['salio lines january', 'salio lines january --state unresolved --phones'],
  })
    .option('--state <state>', 'only those in this state')
    .option('--after <line>', 'only those after this line', '0')
    .option('--limit <count>', 'how many', '1000')
    .option('--phones', 'show phones whole')
    .action(
      async (batch: string, options: Json & { after: string; limit: string }, command: Command) =>
        (await reads()).showLines(batch, told(options, command)),
    );
  addCommand(program, {
    usage: 'line <batch> <line>',
    says: 'the story of one line: everything that was recorded of it',
    settings: OF_READERS,
    examples: ['salio line january 4'],
  }).action(async (batch: string, seq: string, options: Json, command: Command) =>
    (await reads()).showLine(batch, seq, told(options, command)),
  );
  addCommand(program, {
    usage: 'find',
    says: 'lines of any batch, the newest first',
    settings: OF_READERS,
    examples: [
      'salio find --phone +254711000001',
      'salio find --reference jan-4 --source payroll',
      'salio find --request-id ATQid_1be914ac47845eef1a1dab5d89ec50ff --phones',
    ],
  })
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
