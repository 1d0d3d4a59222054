import { existsSync } from 'node:fs';
import { boundMemory, SettingsError } from '@salio/runtime';
import { settings } from '../settings.ts';
import { checkTold, type SubmitOptions } from '../submission/options.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Hands a file over and prints the ledger's verdict. With --wait, returns when the batch is completed or cancelled. A source's
 * credential goes through Redis, a person's or a program's own key to the ops API; what carries it out is loaded then: a submitter's process has no use for
 * the ledger.
 */
export async function submit(file: string, options: SubmitOptions): Promise<void> {
  boundMemory();
  checkTold(options);
  // Said now, not when the batch is there.
  if (options.rejections !== undefined && existsSync(options.rejections))
    throw new UsageError(`--rejections: ${options.rejections} is there already`);
  if (options.dryRun) {
    const { dryRun } = await import('./submit-by-desk.ts');
    return dryRun(file, options);
  }
  if (settings.find('SOURCE_CREDENTIAL') !== undefined) {
    const other = OF_API.find((name) => options[name] !== undefined);
    if (other !== undefined)
      throw new UsageError(
        `--${OPTION[other]} is for the ops API: SOURCE_CREDENTIAL says whose batch it is`,
      );
    const { submitByQueue } = await import('./submit-by-queue.ts');
    return submitByQueue(file, options);
  }
  if (settings.api() === undefined) throw new SettingsError(NO_WAY);
  const { submitByApi } = await import('./submit-by-desk.ts');
  return submitByApi(file, options);
}

const OF_API = ['source', 'idempotencyKey'] as const satisfies readonly (keyof SubmitOptions)[];
const OPTION = { source: 'source', idempotencyKey: 'idempotency-key' } as const;

const NO_WAY =
  'Settings are wrong: set SALIO_API_URL and SALIO_API_KEY, or REDIS_URL and SOURCE_CREDENTIAL: is required to submit. ' +
  'Nothing is submitted straight on the database; only --dry-run looks there. See .env.example.';
