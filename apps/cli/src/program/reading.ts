import type { Command } from 'commander';
import type { BatchesOptions } from '../commands/batches.ts';
import type { FindOptions } from '../commands/find.ts';
import type { LinesOptions } from '../commands/lines.ts';
import type { ActionsOptions, AlarmsOptions } from '../commands/news.ts';
import type { ReportOptions } from '../commands/report.ts';
import type { VerifyReportOptions } from '../commands/verify-report.ts';
import { addCommand, told, type Json } from './command.ts';
import { OF_DESK_READERS } from './setting-texts.ts';

const reads = () => import('../commands/reads.ts');
const lines = () => import('../commands/lines.ts');
const news = () => import('../commands/news.ts');

/** What only looks. */
export function addReading(program: Command): void {
  addBatches(program);
  addCommand(program, {
    usage: 'batch <batch>',
    says: 'one batch',
    settings: OF_DESK_READERS,
    examples: ['salio batch january'],
  }).action(async (batch: string, options: Json, command: Command) =>
    (await reads()).showBatch(batch, told(options, command)),
  );
  addCommand(program, {
    usage: 'forecast <batch>',
    says: 'what releasing a batch would come to',
    settings: OF_DESK_READERS,
    examples: ['salio forecast january'],
  }).action(async (batch: string, options: Json, command: Command) =>
    (await reads()).showForecast(batch, told(options, command)),
  );
  const report = addCommand(program, {
    usage: 'report <batch>',
    says: 'what became of a batch',
    settings: [...OF_DESK_READERS, 'LEDGER_PRIVATE_KEY'],
    examples: ['salio report january', 'salio report january --signed'],
  })
    .option('--signed', 'as JSON with the head of the audit chain, signed (LEDGER_PRIVATE_KEY)')
    .action(async (batch: string, options: ReportOptions & Json, command: Command) => {
      const { report: show } = await import('../commands/report.ts');
      return show(batch, told(options, command));
    });
  addCommand(report, {
    usage: 'verify <file>',
    says: 'hold a signed report against the ledger’s key; needs no database',
    settings: [],
    examples: ['salio report verify january.json --key MCowBQYDK2VwAyEA…'],
  })
    .requiredOption('--key <public>', 'public half of the ledger’s key, as salio secrets wrote it')
    .action(async (file: string, options: VerifyReportOptions & Json, command: Command) => {
      const { verifyReport } = await import('../commands/verify-report.ts');
      return verifyReport(file, told(options, command));
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
  addFind(program);
  addNews(program);
}

function addBatches(program: Command): void {
  addCommand(program, {
    usage: 'batches',
    says: 'the newest batches, and what is stopped',
    settings: OF_DESK_READERS,
    examples: [
      'salio batches',
      'salio batches --limit 100 --json',
      'salio batches --state checked,paused --source payroll --reference payroll-2026-',
      'salio batches --from "2026-12-01 00:00 Africa/Nairobi"',
    ],
  })
    .option('--state <states>', 'only those in one of these states, between commas')
    .option('--reference <text>', 'only those whose reference begins so')
    .option('--source <name>', 'only those of this source')
    .option('--from <moment>', 'created then or later, like "2026-12-01 08:00 Africa/Nairobi"')
    .option('--to <moment>', 'created before then')
    .option('--limit <count>', 'how many', '20')
    .action(async (options: BatchesOptions & Json, command: Command) => {
      const { showBatches } = await import('../commands/batches.ts');
      return showBatches(told(options, command));
    });
}

function addLines(program: Command): void {
  addCommand(program, {
    usage: 'lines <batch>',
    says: 'the lines of a batch',
    settings: OF_DESK_READERS,
    examples: ['salio lines january', 'salio lines january --state unresolved --phones'],
  })
    .option('--state <state>', 'only those in this state')
    .option('--after <line>', 'only those after this line', '0')
    .option('--limit <count>', 'how many', '1000')
    .option('--phones', 'show phones whole')
    .action(async (batch: string, options: LinesOptions & Json, command: Command) =>
      (await lines()).showLines(batch, told(options, command)),
    );
  addCommand(program, {
    usage: 'line <batch> <line>',
    says: 'the story of one line: everything that was recorded of it',
    settings: OF_DESK_READERS,
    examples: ['salio line january 4'],
  }).action(async (batch: string, seq: string, options: Json, command: Command) =>
    (await lines()).showLine(batch, seq, told(options, command)),
  );
}

function addFind(program: Command): void {
  addCommand(program, {
    usage: 'find',
    says: 'lines of any batch, the newest first',
    settings: OF_DESK_READERS,
    examples: [
      'salio find --phone +254711000001',
      'salio find --reference jan-4 --source payroll',
      'salio find --request-id ATQid_1be914ac47845eef1a1dab5d89ec50ff --phones',
      'salio find --state failed,unresolved --amount-from "KES 1000" --json',
    ],
  })
    .option('--phone <number>', 'to this phone, with its plus')
    .option('--reference <reference>', 'with this reference of the submitter')
    .option('--request-id <id>', 'that the provider calls so: ATQid_…')
    .option('--batch <batch>', 'of this batch')
    .option('--state <states>', 'in one of these states, between commas')
    .option('--source <name>', 'of this source')
    .option('--amount-from <money>', 'of so much or more, like "KES 100"')
    .option('--amount-to <money>', 'of so much or less, like "KES 100"')
    .option('--from <moment>', 'changed then or later, like "2026-12-01 08:00 Africa/Nairobi"')
    .option('--to <moment>', 'changed before then')
    .option('--limit <count>', 'how many', '100')
    .option('--phones', 'show phones whole')
    .action(async (options: FindOptions & Json, command: Command) => {
      const { find } = await import('../commands/find.ts');
      return find(told(options, command));
    });
}

function addNews(program: Command): void {
  addCommand(program, {
    usage: 'actions',
    says: 'who did what, the newest first',
    settings: OF_DESK_READERS,
    examples: [
      'salio actions --batch january',
      'salio actions --operator amina --verb batch. --from "2026-12-01 00:00 Africa/Nairobi"',
    ],
  })
    .option('--batch <batch>', 'only what was done to this batch')
    .option('--operator <name>', 'only what this person or rule did')
    .option('--verb <text>', 'only what begins so, like batch.release')
    .option('--from <moment>', 'done then or later, like "2026-12-01 08:00 Africa/Nairobi"')
    .option('--to <moment>', 'done before then')
    .option('--limit <count>', 'how many', '50')
    .action(async (options: ActionsOptions & Json, command: Command) =>
      (await news()).showActions(told(options, command)),
    );
  addCommand(program, {
    usage: 'alarms',
    says: 'what an operator should know of, the newest first',
    settings: OF_DESK_READERS,
    examples: ['salio alarms', 'salio alarms --all --json'],
  })
    .option('--all', 'also those that are over')
    .option('--limit <count>', 'how many', '100')
    .action(async (options: AlarmsOptions & Json, command: Command) =>
      (await news()).showAlarms(told(options, command)),
    );
}
