import { readFileSync } from 'node:fs';
import { parseEncoding, parseStatementColumns } from '@salio/csv';
import { operations, type FileGiven } from '@salio/operations';
import type { Output } from '../context.ts';
import { parseMoment } from '../moment.ts';
import { UsageError } from '../usage-error.ts';

/** What `salio statement import` is told. */
export interface ImportOptions extends Output {
  readonly account: string;
  readonly from: string;
  readonly to: string;
  readonly profile?: string;
  readonly map?: string;
  readonly ignore?: readonly string[];
  readonly currency?: string;
  readonly country?: string;
  readonly status?: readonly string[];
  readonly timeFormat?: string;
  readonly timeZone?: string;
  readonly encoding?: string;
}

type Query = FileGiven<typeof operations.importStatement>['query'];
type Profile = NonNullable<Query['profile']>;
type Meaning = NonNullable<Profile['statuses']>[string];

/** What is said of the file. Throws UsageError, FormInvalid. */
export function queryOfImport(options: ImportOptions): Query {
  const { account, from, to, profile } = options;
  const period = { from: parseMoment(from, '--from'), to: parseMoment(to, '--to') };
  if (!(period.from < period.to)) throw new UsageError('--from is before --to');
  const own = profileOf(options);
  if (profile === undefined) return { account, ...period, profile: own };
  if (Object.keys(own).length > 0)
    throw new UsageError('--profile says all of it: no other option of the file goes with it');
  return { account, ...period, profile: readProfile(profile) };
}

/** As the operation reads it: what is wrong in it is said there. */
function readProfile(path: string): Profile {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Profile; // safe because it goes through its schema before it is used
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--profile: ${path} can't be read as JSON: ${why}`);
  }
}

function profileOf(options: ImportOptions): Profile {
  const { map, ignore, currency, country, status, timeFormat, timeZone, encoding } = options;
  if (encoding !== undefined) parseEncoding(encoding);
  if (timeZone !== undefined && timeFormat === undefined)
    throw new UsageError('--time-zone is of --time-format');
  return {
    ...(map !== undefined && { columns: Object.fromEntries(parseStatementColumns(map)) }),
    ...(ignore && { ignore }),
    ...(currency !== undefined && { currency }),
    ...(country !== undefined && { country }),
    ...(status && { statuses: Object.fromEntries(status.map(parseStatus)) }),
    ...(timeFormat !== undefined && {
      time: { format: timeFormat, ...(timeZone !== undefined && { zone: timeZone }) },
    }),
    ...(encoding !== undefined && { encoding }),
  };
}

const MEANINGS: readonly Meaning[] = ['success', 'failed', 'sent'];

/** Reads `Delivered=success`. */
function parseStatus(text: string): [word: string, meaning: Meaning] {
  const [, word = '', meaning] = /^(.+)=(\w+)$/.exec(text) ?? [];
  const known = MEANINGS.find((each) => each === meaning?.toLowerCase());
  if (!known)
    throw new UsageError(
      `--status is like Delivered=success, with ${MEANINGS.join(', ')}: not ${text}`,
    );
  return [word.trim(), known];
}
