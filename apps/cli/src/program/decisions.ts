import type { Command } from 'commander';
import type { DecideOptions } from '../commands/decide.ts';
import { addCommand, told, type Json } from './command.ts';
import { OF_DESK, OF_DESK_READERS } from './setting-texts.ts';

/** What waits for people, and what takes two of them. */
export function addDecisions(program: Command): void {
  addCommand(program, {
    usage: 'worklist',
    says: 'what waits for a person: unresolved lines, proposed decisions',
    settings: OF_DESK_READERS,
    examples: ['salio worklist', 'salio worklist --batch january'],
  })
    .option('--batch <batch>', 'of one batch, with its failed lines')
    .action(async (options: Json & { batch?: string }, command: Command) => {
      const { showWorklist } = await import('../commands/worklist.ts');
      return showWorklist(told(options, command));
    });
  addDecide(program);
  addCommand(program, {
    usage: 'recover',
    says: 'what a promoted or restored database may have forgotten, and trust it again',
    settings: OF_DESK,
    examples: [
      'salio recover',
      'salio recover --reason "the old server burned" --account africastalking/acme',
    ],
  })
    .option('--reason <text>', 'why; the first person proposes, a second one confirms')
    .option(
      '--account <name...>',
      'accounts that the database may have forgotten, as workers log them: africastalking/…',
    )
    .action(async (options: Json & { reason?: string; account?: string[] }, command: Command) => {
      const { recover } = await import('../commands/recover.ts');
      return recover(told(options, command));
    });
}

function addDecide(program: Command): void {
  addCommand(program, {
    usage: 'decide',
    says: 'propose what became of unresolved lines; another person confirms it',
    settings: [...OF_DESK, 'UNPAID_AFTER_SECONDS'],
    examples: [
      'salio decide --unpaid --batch january --text "no answer" --dry-run',
      'salio decide --paid --batch january --lines 4,7-9 --expect-total "KES 400" --reason "on the statement"',
      'salio decide --confirm 1 --reason "seen on the statement too"',
    ],
  })
    .option('--paid', 'they were paid')
    .option('--unpaid', 'they were not paid, and may be retried')
    .option('--batch <batch>', 'lines of this batch')
    .option('--text <text>', 'lines of which this is said, as the worklist shows it')
    .option('--attempt <attempt>', 'lines of this attempt: its number, or its key')
    .option('--lines <list>', 'of the batch only these, like 1,5-9')
    .option('--expect-lines <count>', 'propose nothing if it is another number of lines')
    .option('--expect-total <money...>', 'propose nothing if they add up to something else')
    .option('--confirm <decision>', 'carry out what another person proposed')
    .option('--reason <text>', 'why, for the record')
    .option('--dry-run', 'change nothing, and say what would be done')
    .action(async (options: DecideOptions & Json, command: Command) => {
      const { decide } = await import('../commands/decide.ts');
      return decide(told(options, command));
    });
}
