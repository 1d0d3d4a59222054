import { readFileRows, writeRejected } from '@salio/csv';
import { createProducer } from '@salio/producer';
import { createSubmissionProgress } from '../progress/of-submission.ts';
import { settings } from '../settings.ts';
import {
  formOf,
  parseExpected,
  parseLater,
  parseOnRejections,
  type SubmitOptions,
} from '../submission/options.ts';
import { printHowToCorrect, printVerdict, waitForEnd } from '../submission/tell.ts';

/** With a source's credential, through Redis: there is no database here, only what the ledger answers. */
export async function submitByQueue(file: string, options: SubmitOptions): Promise<void> {
  const { reference, country, corrects, rejections } = options;
  const { REDIS_URL: redisUrl, QUEUE_PREFIX: prefix } = settings.queue();
  await using producer = createProducer({ redisUrl, prefix, credential: settings.credential() });
  using progress = createSubmissionProgress(file, !options.json);
  const submission = await producer.submitBatch({
    clientReference: reference,
    rows: readFileRows(file, formOf(options), progress.onBytes),
    ...(country === undefined ? {} : { country }),
    onRejections: parseOnRejections(options),
    allowDuplicates: options.allowDuplicates ?? false,
    ...parseLater(options),
    ...(corrects === undefined ? {} : { corrects }),
    expect: parseExpected(options),
    onProgress: progress.onProgress,
  });
  progress[Symbol.dispose]();
  const verdict = await producer.waitForVerdict(submission);
  printVerdict(verdict, options);
  if (rejections !== undefined && verdict.rejected > 0) {
    const rows = readFileRows(file, formOf(options));
    await writeRejected(rejections, rows, producer.rejections(reference));
    if (!options.json) printHowToCorrect(rejections, reference);
  }
  if (options.wait) await waitForEnd(() => producer.progress(reference), options);
}
