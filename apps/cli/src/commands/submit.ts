import { existsSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import {
  parseColumns,
  parseEncoding,
  readFileRows,
  writeRejected,
  type FileForm,
} from '@salio/csv';
import { formatMoney, ON_REJECTIONS, parseMoney, type BatchState, type Money } from '@salio/domain';
import {
  createProducer,
  parseQuietHours,
  type BatchOptions,
  type BatchVerdict,
  type Producer,
} from '@salio/producer';
import { boundMemory } from '@salio/runtime';
import type { Output } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { parseMoment } from '../moment.ts';
import { printJson, printLine } from '../output.ts';
import { createSubmissionProgress } from '../progress/of-submission.ts';
import { createProgress } from '../progress/progress.ts';
import { createTeller } from '../progress/tell-batch.ts';
import { settings } from '../settings.ts';
import { countsOf } from '../state-counts.ts';
import { UsageError } from '../usage-error.ts';

export interface SubmitOptions extends Output {
  readonly reference: string;
  readonly currency?: string;
  readonly country?: string;
  readonly map?: string;
  readonly encoding?: string;
  readonly rejections?: string;
  readonly onRejections: string;
  readonly allowDuplicates?: true;
  readonly notBefore?: string;
  readonly expiresAt?: string;
  readonly quietHours?: string;
  readonly corrects?: string;
  readonly expectRows?: string;
  readonly expectTotal?: readonly string[];
  readonly wait?: true;
}

/** Between two looks at a batch that is being paid, ms. */
const LOOK_EVERY_MS = 1_000;
const ENDED: readonly BatchState[] = ['completed', 'cancelled', 'refused', 'abandoned'];

/** Hands a file over and prints the ledger's verdict. With --wait, returns when the batch is completed or cancelled. */
export async function submit(file: string, options: SubmitOptions): Promise<void> {
  boundMemory();
  const onRejections = ON_REJECTIONS.find((value) => value === options.onRejections);
  if (!onRejections) throw new UsageError(`--on-rejections is one of ${ON_REJECTIONS.join(', ')}`);
  // Said now, not when the batch is there.
  if (options.rejections !== undefined && existsSync(options.rejections))
    throw new UsageError(`--rejections: ${options.rejections} is there already`);
  const { REDIS_URL: redisUrl, QUEUE_PREFIX: prefix } = settings.queue();
  await using producer = createProducer({ redisUrl, prefix, credential: settings.credential() });
  using progress = createSubmissionProgress(file, !options.json);
  const submission = await producer.submitBatch({
    clientReference: options.reference,
    rows: readFileRows(file, formOf(options), progress.onBytes),
    ...(options.country === undefined ? {} : { country: options.country }),
    onRejections,
    allowDuplicates: options.allowDuplicates ?? false,
    ...laterOf(options),
    expect: expectation(options),
    onProgress: progress.onProgress,
  });
  progress[Symbol.dispose]();
  const verdict = await producer.waitForVerdict(submission);
  print(verdict, options);
  if (options.rejections !== undefined && verdict.rejected > 0) {
    const rejections = producer.rejections(options.reference);
    await writeRejected(options.rejections, readFileRows(file, formOf(options)), rejections);
    if (!options.json) printLine(howToCorrect(options.rejections, options.reference));
  }
  if (options.wait) await waitForEnd(producer, options);
}

function howToCorrect(file: string, reference: string): string {
  const names = `--reference ANOTHER --corrects ${JSON.stringify(reference)}`;
  return `The rejected rows are in ${file}. Correct them there, then: salio submit ${file} ${names}`;
}

function formOf({ currency, map, encoding }: SubmitOptions): FileForm {
  return {
    ...(currency === undefined ? {} : { currency }),
    ...(map === undefined ? {} : { columns: parseColumns(map) }),
    ...(encoding === undefined ? {} : { encoding: parseEncoding(encoding) }),
  };
}

/** When it may be paid, and what it corrects. */
function laterOf(options: SubmitOptions): Partial<BatchOptions> {
  const { notBefore, expiresAt, quietHours, corrects } = options;
  const hours = quietHours === undefined ? undefined : parseQuietHours(quietHours);
  if (quietHours !== undefined && !hours) {
    throw new UsageError('--quiet-hours is like "21:00-08:00 Africa/Nairobi"');
  }
  return {
    ...(notBefore === undefined ? {} : { notBefore: parseMoment(notBefore, '--not-before') }),
    ...(expiresAt === undefined ? {} : { expiresAt: parseMoment(expiresAt, '--expires-at') }),
    ...(hours && { quietHours: hours }),
    ...(corrects === undefined ? {} : { corrects }),
  };
}

function expectation({ expectRows, expectTotal }: SubmitOptions): {
  rows?: number;
  sums?: Money[];
} {
  const rows = expectRows === undefined ? undefined : Number(expectRows);
  if (rows !== undefined && !Number.isInteger(rows))
    throw new UsageError('--expect-rows is a whole number');
  const sums = expectTotal?.map((text) => {
    const money = parseMoney(text);
    if (!money)
      throw new UsageError(`--expect-total is like "KES 1000.50", not ${JSON.stringify(text)}`);
    return money;
  });
  return { ...(rows === undefined ? {} : { rows }), ...(sums === undefined ? {} : { sums }) };
}

function print(verdict: BatchVerdict, { json, reference }: SubmitOptions): void {
  const { batchId, state, rows, lines, rejected, contentHash } = verdict;
  const sums = verdict.sums.map(formatMoney);
  if (json) {
    printJson({
      batchId,
      clientReference: reference,
      verdict: verdict.verdict,
      state,
      rows,
      lines,
      rejected,
      sums,
      contentHash,
    });
    return;
  }
  const again = verdict.verdict === 'same' ? ' (it was there already, with the same content)' : '';
  printLine(`Batch ${batchId} is ${state}${again}.`);
  printLine(
    `Rows ${rows} = lines ${lines} + rejections ${rejected}; ${sums.join(' + ') || 'no lines'}.`,
  );
}

/** There is no database here, only what the ledger answers. */
async function waitForEnd(producer: Producer, options: SubmitOptions): Promise<void> {
  using progress = createProgress(!options.json);
  const teller = createTeller();
  for (;;) {
    const { state, states } = await producer.progress(options.reference);
    const counts = countsOf(states);
    const { text, share } = teller.tell({ state, counts }, performance.now());
    progress.update(text, share);
    if (ENDED.includes(state)) {
      progress[Symbol.dispose]();
      if (options.json) printJson({ clientReference: options.reference, state });
      else printLine(`Batch ${options.reference} is ${state}.`);
      if (state !== 'completed') process.exitCode = EXIT.refused;
      return;
    }
    await delay(LOOK_EVERY_MS);
  }
}
