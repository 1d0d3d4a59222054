import { readFileRows, writeRejected } from '@salio/csv';
import { operations, type Answer } from '@salio/operations';
import { openDesk, type OpenDesk } from '../desk.ts';
import { readRejections } from '../submission/read-rejections.ts';
import { formOf, type SubmitOptions } from '../submission/options.ts';
import { printHowToCorrect, printVerdict, waitForEnd } from '../submission/tell.ts';
import { printTried } from '../submission/tell-tried.ts';
import { sendFile } from '../submission/send-file.ts';

/** With a key of the ops API. */
export async function submitByApi(file: string, options: SubmitOptions): Promise<void> {
  await using desk = openDesk();
  const told = await sendFile(desk, file, options);
  if (told.dryRun) throw new Error('the ops API tried a batch that it was to take');
  printVerdict(told, options);
  if (options.rejections !== undefined && told.rejected > 0) {
    await writeRejections(desk, file, told, options.rejections, options);
  }
  const params = { batch: told.batchId };
  if (options.wait) await waitForEnd(() => desk.ask(operations.readBatch, { params }), options);
}

/** Tells what would become of a file; nothing of it stays. Of the ops API, or straight of the database. */
export async function dryRun(file: string, options: SubmitOptions): Promise<void> {
  await using desk = openDesk();
  const told = await sendFile(desk, file, options);
  if (!told.dryRun) throw new Error('a dry run became a batch');
  printTried(told, options);
}

type Submitted = Extract<Answer<typeof operations.submitBatch>, { dryRun: false }>;

async function writeRejections(
  desk: OpenDesk,
  file: string,
  { batchId, clientReference }: Submitted,
  path: string,
  options: SubmitOptions,
): Promise<void> {
  const rows = readFileRows(file, formOf(options));
  await writeRejected(path, rows, readRejections(desk, batchId));
  if (!options.json) printHowToCorrect(path, clientReference);
}
