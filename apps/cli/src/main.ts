import process from 'node:process';
import { Command } from 'commander';
import type { VerifyOptions } from './commands/audit.ts';
import type { DecideOptions } from './commands/decide.ts';
import type { FindOptions } from './commands/find.ts';
import type { ProbeOptions } from './commands/probe.ts';
import type { ReportOptions } from './commands/report.ts';
import type { RetryOptions } from './commands/retry.ts';
import type { SubmitOptions } from './commands/submit.ts';
import { FileUnreadable } from './csv/file-unreadable.ts';

// Loaded when it is known which command is wanted: a submitter's process has no use for the ledger, which takes a third of a
// second and 40 MiB to load.
const audit = () => import('./commands/audit.ts');
const orders = () => import('./commands/orders.ts');
const reads = () => import('./commands/reads.ts');
const setup = () => import('./commands/setup.ts');

const program = new Command('salio')
  .description('Pays airtime to many phones from one instruction: once each, with proof.')
  .option('--json', 'one JSON object per line, for programs');

/** What the program and the command were told, as one. */
const told = <Options>(options: Options): Options & { json: boolean } => ({
  ...options,
  json: program.opts<{ json?: true }>().json ?? false,
});
const add = (name: string, description: string) =>
  program.command(name).description(description).option('--json', 'one JSON object per line');

interface Json {
  json?: true;
}
const asked = <Options extends Json>(
  options: Options,
): Omit<Options, 'json'> & { json: boolean } => ({
  ...told(options),
  json: options.json ?? told(options).json,
});

add('migrate', 'bring the database to this version (OWNER_DATABASE_URL)').action(
  async (options: Json) => (await setup()).migrate(asked(options)),
);
add('keygen', 'make a key for LEDGER_PRIVATE_KEY').action(async (options: Json) =>
  (await setup()).makeLedgerKey(asked(options)),
);
const source = program.command('source').description('systems that may submit');
source
  .command('add <name>')
  .description('add a source and print its credential, once')
  .option('--json', 'as JSON')
  .action(async (name: string, options: Json) =>
    (await setup()).addSourceCommand(name, asked(options)),
  );

source
  .command('rotate <name>')
  .description('give a source another key and print its credential, once')
  .option('--overlap-hours <hours>', 'how long the old key is taken as well', '24')
  .option('--reason <text>', 'why, for the record')
  .option('--json', 'as JSON')
  .action(async (name: string, options: Json & { overlapHours: string; reason?: string }) =>
    (await setup()).rotateSourceCommand(name, asked(options)),
  );
source
  .command('revoke <name>')
  .description('take nothing of a source any more, from its next message on')
  .requiredOption('--reason <text>', 'why, for the record')
  .option('--json', 'as JSON')
  .action(async (name: string, options: Json & { reason: string }) =>
    (await setup()).revokeSourceCommand(name, asked(options)),
  );
source
  .command('list')
  .description('all sources, and how their keys stand')
  .option('--json', 'one JSON object per line')
  .action(async (options: Json) => (await setup()).showSources(asked(options)));

add('submit <file>', 'submit a CSV file (SOURCE_CREDENTIAL)')
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
  .option('--wait', 'return when the batch is completed or cancelled')
  .action(async (file: string, options: SubmitOptions & Json) => {
    const { submit } = await import('./commands/submit.ts');
    return submit(file, asked(options));
  });

for (const [name, description] of [
  ['release', 'let a checked batch go'],
  ['pause', 'stop new claims of a batch'],
  ['resume', 'let a paused batch go on'],
  ['cancel', 'take a batch back for good'],
] as const) {
  const command = add(`${name} <batch>`, description).option(
    '--reason <text>',
    'why, for the record',
  );
  if (name === 'release') {
    command.option('--version <number>', 'the version that you looked at');
    command.option('--repeats <count>', 'so many lines may repeat other batches', '0');
  }
  command.action(async (id: string, options: Json & { reason?: string }) =>
    (await orders())[name](id, asked(options)),
  );
}
add('retry <batch>', 'queue failed lines again that are proven unpaid, for a new attempt')
  .option('--lines <list>', 'only these, like 1,5-9; otherwise every failed line')
  .option('--reason <text>', 'why, for the record')
  .option('--dry-run', 'change nothing, and say what would be done')
  .action(async (id: string, options: RetryOptions & Json) => {
    const { retry } = await import('./commands/retry.ts');
    return retry(id, asked(options));
  });
add('worklist', 'what waits for a person: unresolved lines, proposed decisions')
  .option('--batch <batch>', 'of one batch, with its failed lines')
  .action(async (options: Json & { batch?: string }) => {
    const { showWorklist } = await import('./commands/worklist.ts');
    return showWorklist(asked(options));
  });
add('decide', 'propose what became of unresolved lines; another person confirms it')
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
  .action(async (options: DecideOptions & Json) => {
    const { decide } = await import('./commands/decide.ts');
    return decide(asked(options));
  });
add('stop', 'stop all new claims, or those of one account')
  .requiredOption('--reason <text>', 'why, for the record')
  .option('--account <name>', 'one provider account only')
  .action(async (options: Json & { reason: string }) => (await orders()).stop(asked(options)));
add('start', 'let claims go on')
  .option('--reason <text>', 'why, for the record')
  .option('--account <name>', 'one provider account only')
  .action(async (options: Json) => (await orders()).start(asked(options)));
add('recover', 'what a promoted or restored database may have forgotten, and trust it again')
  .option('--reason <text>', 'why; the first person proposes, a second one confirms')
  .option(
    '--account <name...>',
    'accounts that the database may have forgotten, as workers log them: africastalking/…',
  )
  .action(async (options: Json & { reason?: string; account?: string[] }) => {
    const { recover } = await import('./commands/recover.ts');
    return recover(asked(options));
  });

add('probe', 'measure what a repeated key does, in the sandbox or a simulator (AIRTIME_…)')
  .option('--phone <number>', 'the number that is asked for', '+254711000001')
  .option('--amount <money>', 'of the first send; each further pair asks for one more', 'KES 10')
  .option('--max-minutes <minutes>', 'the oldest send that is repeated', '10')
  .option('--after <list>', 'ages in seconds at which sends are repeated, like 1,5,60')
  .action(async (options: ProbeOptions & Json) => {
    const { probe } = await import('./commands/probe.ts');
    return probe(asked(options));
  });

add('batches', 'the newest batches')
  .option('--limit <count>', 'how many', '20')
  .action(async (options: Json & { limit: string }) => (await reads()).showBatches(asked(options)));
add('batch <batch>', 'one batch').action(async (id: string, options: Json) =>
  (await reads()).showBatch(id, asked(options)),
);
add('lines <batch>', 'the lines of a batch')
  .option('--state <state>', 'only those in this state')
  .option('--after <line>', 'only those after this line', '0')
  .option('--limit <count>', 'how many', '1000')
  .option('--phones', 'show phones whole')
  .action(async (id: string, options: Json & { after: string; limit: string }) =>
    (await reads()).showLines(id, asked(options)),
  );
add('find', 'lines of any batch, the newest first')
  .option('--phone <number>', 'to this phone, with its plus')
  .option('--reference <reference>', 'with this reference of the submitter')
  .option('--source <name>', 'with --reference: of this source only')
  .option('--request-id <id>', 'that the provider calls so: ATQid_…')
  .option('--limit <count>', 'how many', '100')
  .option('--phones', 'show phones whole')
  .action(async (options: FindOptions & Json) =>
    (await import('./commands/find.ts')).find(asked(options)),
  );
add('line <batch> <line>', 'the story of one line: everything that was recorded of it').action(
  async (id: string, seq: string, options: Json) =>
    (await reads()).showLine(id, seq, asked(options)),
);
add('report <batch>', 'what became of a batch')
  .option('--signed', 'as JSON with the head of the audit chain, signed (LEDGER_PRIVATE_KEY)')
  .action(async (id: string, options: ReportOptions & Json) => {
    const { report } = await import('./commands/report.ts');
    return report(id, asked(options));
  });
add('rejections <batch>', 'rows that never became lines').action(
  async (id: string, options: Json) => (await reads()).showRejections(id, asked(options)),
);

const chain = program.command('audit').description('the chain of hashes over all facts');
chain
  .command('verify')
  .description('find the first fact that was changed, inserted or removed')
  .option(
    '--head <head>',
    'a head that was noted before: shows a tail cut off, or a chain made anew',
  )
  .option('--json', 'as JSON')
  .action(async (options: VerifyOptions & Json) => (await audit()).verifyAudit(asked(options)));
chain
  .command('head')
  .description('print the newest head, to be noted where nobody can change it')
  .option('--json', 'as JSON')
  .action(async (options: Json) => (await audit()).showHead(asked(options)));

/** Exit status by what went wrong; everything else is 1. */
const STATUS: Readonly<Record<string, number>> = {
  USAGE: 2,
  NOT_FOUND: 3,
  CONFLICT: 4,
  batch_conflict: 4,
};

try {
  await program.parseAsync();
} catch (caught) {
  // What is wrong with the file, and not only that something is.
  const error =
    caught instanceof Error && caught.cause instanceof FileUnreadable ? caught.cause : caught;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const code = error instanceof Error && 'code' in error ? String(error.code) : name;
  process.stderr.write(`salio: ${message}\n`);
  if (program.opts<Json>().json ?? process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ error: code, message })}\n`);
  }
  process.exitCode = STATUS[code] ?? 1;
}
