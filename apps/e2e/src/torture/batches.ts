import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BatchIncomplete, createProducer, type Submission } from '@salio/producer';
import { type Environment, runCli } from '@salio/testkit';
import { makeRows, writeFile, type MadeRow } from '../recipients-file.ts';
import { isReleased, type Look } from './look.ts';
import type { PlannedBatch } from './plan-run.ts';

/** What the file of a batch holds. */
export function rowsOf({ rows, reference, firstPhone }: PlannedBatch): Generator<MadeRow> {
  return makeRows(rows, reference, firstPhone);
}

export interface Till {
  readonly look: Look;
  readonly cli: Environment;
  readonly prefix: string;
  /** For files. */
  readonly folder: string;
  readonly ended: AbortSignal;
}

/** After something that failed, because something that it needs was away. */
const AGAIN_AFTER_MS = 500;

/** Submits a batch and releases it, and does not give up: each of the two may fail half-way and is done again. */
export async function payBatch(batch: PlannedBatch, till: Till): Promise<void> {
  const submit = batch.through === 'command' ? submitByCommand : submitByPackage;
  if (!(await submit(batch, till))) return;
  while (!till.ended.aborted) {
    // Batches share phones here, on purpose.
    const cli = { ...till.cli, REPEAT_WITHIN_SECONDS: '0' };
    await runCli(['release', batch.reference], cli);
    // What the command says may have been lost on the way; the ledger knows whether it did it.
    if (await isReleased(till.look, batch.reference)) return;
    await delay(AGAIN_AFTER_MS);
  }
}

/** A submitter has a page sent again only after ten seconds; one that is killed and starts anew is faster, and one more fault. */
const SUBMIT_MS = 8_000;
const SUBMIT_MS_PER_ROW = 2;

async function submitByCommand(batch: PlannedBatch, till: Till): Promise<boolean> {
  const file = join(till.folder, `${batch.reference}.csv`);
  await writeFile(file, rowsOf(batch));
  const submit = ['submit', file, '--reference', batch.reference];
  const patienceMs = SUBMIT_MS + batch.rows * SUBMIT_MS_PER_ROW;
  while (!till.ended.aborted) {
    const end = await runCli(submit, till.cli, patienceMs).catch(() => undefined); // killed
    if (end?.code === 0) return true;
    await delay(AGAIN_AFTER_MS);
  }
  return false;
}

/** Impatient, because everything here is scaled to seconds. */
const PRODUCER = { ackTimeoutMs: 1_000, askTimeoutMs: 500, window: 2, patienceMs: 8_000 };

/**
 * As a system that has its rows from a stream: once the ledger has acknowledged all of them, it has none to send again. False
 * where the ledger then says that it misses some: they are lost.
 */
async function submitByPackage(batch: PlannedBatch, till: Till): Promise<boolean> {
  const { REDIS_URL: redisUrl = '', SOURCE_CREDENTIAL: credential = '' } = till.cli;
  const { prefix } = till;
  await using producer = createProducer({ redisUrl, prefix, credential, settings: PRODUCER });
  const order = () => ({ clientReference: batch.reference, rows: rowsOf(batch) });
  let submission: Submission | undefined;
  while (!till.ended.aborted) {
    try {
      submission ??= await producer.submitBatch(order());
      await producer.waitForVerdict(submission);
      return true;
    } catch (error) {
      if (submission && error instanceof BatchIncomplete) return false;
      await delay(AGAIN_AFTER_MS);
    }
  }
  return false;
}
