import { RETENTION_DAYS_MAX, RETENTION_DAYS_MIN } from '@salio/domain';
import { emptyOld, openLedger, type Emptied } from '@salio/ledger';
import type { Output } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { formatCount } from '../progress/describe.ts';
import { createProgress } from '../progress/progress.ts';
import { settings } from '../settings.ts';
import { UsageError } from '../usage-error.ts';

export interface RetentionOptions {
  readonly olderThan?: string;
  readonly dryRun?: true;
}

/** Deletes phones, notes and raw bodies that are older, by the login that RETENTION_DATABASE_URL names. */
export async function retain({ json, ...options }: RetentionOptions & Output): Promise<void> {
  const { olderThan, dryRun = false } = options;
  const olderThanDays = daysOf(olderThan);
  await using ledger = openLedger({
    url: settings.retentionUrl(),
    name: 'salio-retention',
    connections: 2,
  });
  using progress = createProgress(!json);
  const onProgress = ({ phones, batches }: Emptied) =>
    progress.update(`${formatCount(phones)} phones of ${formatCount(batches)} batches`);
  const operator = settings.operator();
  const emptied = await emptyOld(ledger, { operator, olderThanDays, dryRun, onProgress });
  progress[Symbol.dispose]();
  if (json) return printJson({ olderThanDays, dryRun, ...emptied });
  printLine(
    `${dryRun ? 'Would be deleted' : 'Deleted'}, what is older than ${olderThanDays} days:`,
  );
  for (const [name, says] of Object.entries(SAYS)) {
    // safe because the keys of that table are these counts
    printLine(`  ${formatCount(emptied[name as keyof Emptied]).padStart(12)}  ${says}`);
  }
}

const SAYS: Readonly<Record<keyof Emptied, string>> = {
  phones: 'phones of lines, with their notes',
  answers: 'raw answers of the provider',
  notifications: 'raw notifications',
  validations: 'raw validations',
  waiting: 'phones of news that waits for people; the news stays',
  statementRows: 'rows of statements',
  submissions: 'submissions that never became a batch, with all their lines',
  batches: 'batches have no phones now',
  kept: 'batches as old keep theirs: not every line is final for so long',
};

/** Throws UsageError: there is no default, since what was deleted does not come back. */
function daysOf(text: string | undefined): number {
  const days = text === undefined ? settings.retentionDays() : readDays(text);
  if (days === undefined)
    throw new UsageError('say how old: --older-than 400d, or RETENTION_DAYS=400');
  const repeatDays = settings.repeatWithinMs() / 86_400_000;
  if (days <= repeatDays)
    throw new UsageError(
      `a batch that repeats another would not be noticed: REPEAT_WITHIN_SECONDS is ${repeatDays} days`,
    );
  return days;
}

function readDays(text: string): number {
  const days = Number(/^(\d{1,5})d?$/.exec(text)?.[1] ?? Number.NaN);
  if (days >= RETENTION_DAYS_MIN && days <= RETENTION_DAYS_MAX) return days;
  throw new UsageError(
    `--older-than is ${RETENTION_DAYS_MIN} to ${RETENTION_DAYS_MAX} days, like 400d, not ${text}`,
  );
}
