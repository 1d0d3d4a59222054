import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { ENDING_KINDS, LINE_STATES } from '@salio/domain';
import { exports, type ExportKind } from '@salio/operations';
import type { Output } from '../context.ts';
import { createLineCount } from '../count-lines.ts';
import { openDesk, type OpenDesk } from '../desk.ts';
import { parseStates, parseTimes, type TimeOptions } from '../list-options.ts';
import { printJson } from '../output.ts';
import { formatCount } from '../progress/describe.ts';
import { createProgress } from '../progress/progress.ts';
import { UsageError } from '../usage-error.ts';
import { writeWhole } from '../whole-file.ts';

export interface ExportOptions extends TimeOptions {
  readonly out?: string;
  readonly batch?: string;
  readonly source?: string;
  readonly phone?: string;
  readonly state?: string;
  readonly ending?: string;
  readonly about?: string;
  readonly account?: string;
  readonly phones?: true;
}

/** Which options belong to which kind, besides those that all have. */
const OPTIONS: Readonly<Record<ExportKind, readonly (keyof ExportOptions)[]>> = {
  lines: ['phone', 'state', 'phones'],
  attempts: ['phone', 'ending', 'phones'],
  discrepancies: ['about'],
  postings: ['account'],
};
const ENDINGS = [...ENDING_KINDS, 'unanswered'] as const;

/** A file of CSV, to `--out` or standard output. It is whole where the exit status is 0. */
export async function exportRows(name: string, options: ExportOptions & Output): Promise<void> {
  const { out, json } = options;
  if (json && out === undefined)
    throw new UsageError('--json tells of the file that --out names; the rows are CSV');
  const kind = kindOf(name, options);
  await using desk = openDesk();
  using progress = createProgress(!json);
  const countLines = createLineCount();
  let rows = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of bytesOf(desk, kind, options)) {
      rows = Math.max(0, countLines(piece) - 1);
      progress.update(`${formatCount(rows)} rows`);
      yield piece;
    }
  }
  if (out === undefined) await pipeline(counted, process.stdout, { end: false });
  else await writeWhole(out, counted());
  progress[Symbol.dispose]();
  if (json) printJson({ file: out, rows });
  else process.stderr.write(`${formatCount(rows)} rows\n`);
}

/** Throws UsageError. */
function kindOf(name: string, options: ExportOptions): ExportKind {
  const kinds = Object.keys(OPTIONS);
  if (!isKind(name)) throw new UsageError(`an export is of ${kinds.join(', ')}`);
  const foreign = Object.values(OPTIONS)
    .flat()
    .find((option) => options[option] !== undefined && !OPTIONS[name].includes(option));
  if (foreign !== undefined) throw new UsageError(`--${foreign} is no option of ${name}`);
  return name;
}

function isKind(name: string): name is ExportKind {
  return Object.hasOwn(OPTIONS, name);
}

function bytesOf(
  desk: OpenDesk,
  kind: ExportKind,
  options: ExportOptions,
): AsyncIterable<Uint8Array> {
  const { batch, source, phone, state, ending, about, account, phones } = options;
  const everywhere = {
    ...parseTimes(options),
    ...(batch !== undefined && { batch }),
    ...(source !== undefined && { source }),
  };
  const ofLines = {
    ...everywhere,
    ...(phone !== undefined && { phone }),
    ...(phones && { phones: true }),
  };
  switch (kind) {
    case 'lines':
      return desk.export(exports.lines, {
        ...ofLines,
        ...(state !== undefined && { state: parseStates(state, LINE_STATES) }),
      });
    case 'attempts':
      return desk.export(exports.attempts, {
        ...ofLines,
        ...(ending !== undefined && { ending: parseStates(ending, ENDINGS, '--ending') }),
      });
    case 'discrepancies':
      return desk.export(exports.discrepancies, {
        ...everywhere,
        ...(about !== undefined && { kind: about }),
      });
    case 'postings':
      return desk.export(exports.postings, {
        ...everywhere,
        ...(account !== undefined && { account }),
      });
  }
}
