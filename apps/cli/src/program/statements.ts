import type { Command } from 'commander';
import type { DiscrepanciesOptions, StepOptions } from '../commands/discrepancies.ts';
import type { StatementsOptions } from '../commands/statements.ts';
import type { ImportOptions } from '../statement/options.ts';
import { addCommand, told, type Json } from './command.ts';
import { OF_DESK, OF_DESK_READERS } from './setting-texts.ts';

const statements = () => import('../commands/statements.ts');
const discrepancies = () => import('../commands/discrepancies.ts');

/** The provider's own lists, and what differs from them. */
export function addStatements(program: Command): void {
  const statement = program.command('statement').description('statements of the provider');
  addImport(statement);
  addCommand(statement, {
    usage: 'list',
    says: 'the newest statements, and what each showed',
    settings: OF_DESK_READERS,
    examples: ['salio statement list', 'salio statement list --account africastalking/acme --json'],
  })
    .option('--account <name>', 'only of this provider account')
    .option('--limit <count>', 'how many', '20')
    .action(async (options: StatementsOptions & Json, command: Command) =>
      (await statements()).showStatements(told(options, command)),
    );
  addCommand(statement, {
    usage: 'show <statement>',
    says: 'what one statement was, and what it showed',
    settings: OF_DESK_READERS,
    examples: ['salio statement show 3'],
  }).action(async (number: string, options: Json, command: Command) =>
    (await statements()).showStatement(number, told(options, command)),
  );
  addDiscrepancies(program);
}

function addImport(statement: Command): void {
  addCommand(statement, {
    usage: 'import <file>',
    says: 'hold a statement of the provider, as CSV, against the ledger',
    settings: [...OF_DESK, 'AMOUNT_LIMITS'],
    examples: [
      'salio statement import november.csv --account africastalking/acme --from "2026-11-01 00:00 Africa/Nairobi" --to "2026-12-01 00:00 Africa/Nairobi" --profile at.json',
      'salio statement import november.csv --account africastalking/acme --from 2026-11-01T00:00Z --to 2026-12-01T00:00Z --map \'requestId="Transaction ID",amount=Value\' --ignore Network --currency KES --status Delivered=success',
    ],
  })
    .requiredOption('--account <name>', 'the provider account, as workers log it')
    .requiredOption('--from <moment>', 'it lists all from then on, like 2026-11-01T00:00+03:00')
    .requiredOption('--to <moment>', 'up to that moment, and without it')
    .option('--profile <file>', 'JSON that says which column is what (README); or:')
    .option('--map <columns>', 'what the file calls its columns: requestId=Id,amount="Face value"')
    .option('--ignore <column...>', 'a column of the file that says nothing to us')
    .option('--currency <code>', 'of all rows')
    .option('--country <code>', 'of phones without their +, like KE')
    .option('--status <meaning...>', 'what a status means, like Delivered=success: or failed, sent')
    .option('--time-format <pattern>', 'iso, or like "YYYY-MM-DD HH:mm:ss"')
    .option('--time-zone <zone>', 'of its times, like Africa/Nairobi')
    .option('--encoding <name>', 'of a file that is not UTF-8: utf-16le, utf-16be, windows-1252')
    .action(async (file: string, options: ImportOptions & Json, command: Command) =>
      (await statements()).importStatement(file, told(options, command)),
    );
}

function addDiscrepancies(program: Command): void {
  addCommand(program, {
    usage: 'discrepancies',
    says: 'differences that a person should know of, the newest first',
    settings: OF_DESK_READERS,
    examples: [
      'salio discrepancies',
      'salio discrepancies --kind missing_at_provider --state open,taken --older-than-days 7',
      'salio discrepancies --statement 3 --all --json',
    ],
  })
    .option('--kind <kind>', 'only of this kind')
    .option('--state <states>', 'open, taken, explained, closed; default: all but closed')
    .option('--all', 'in whatever state')
    .option('--owner <name>', 'only those that this person has taken')
    .option('--statement <number>', 'only those that this statement showed first')
    .option('--older-than-days <count>', 'only those found longer ago')
    .option('--limit <count>', 'how many', '100')
    .action(async (options: DiscrepanciesOptions & Json, command: Command) =>
      (await discrepancies()).showDiscrepancies(told(options, command)),
    );
  const one = program.command('discrepancy').description('what people do with a discrepancy');
  const steps = [
    ['take', 'look into a discrepancy: you are its owner', 'salio discrepancy take 12'],
    [
      'explain',
      'say what a discrepancy is',
      'salio discrepancy explain 12 --reason "asked AT, ticket 4711"',
    ],
    [
      'close',
      'say that a discrepancy is over',
      'salio discrepancy close 12 --reason "AT paid back"',
    ],
    [
      'reopen',
      'say that a discrepancy is not over',
      'salio discrepancy reopen 12 --reason "they did not"',
    ],
  ] as const;
  for (const [name, says, example] of steps) {
    addCommand(one, {
      usage: `${name} <discrepancy>`,
      says,
      settings: OF_DESK,
      examples: [example],
    })
      .option('--reason <text>', 'why, for the record; all but take need one')
      .option('--version <number>', 'the version that you looked at')
      .action(async (id: string, options: StepOptions & Json, command: Command) =>
        (await discrepancies())[name](id, told(options, command)),
      );
  }
}
