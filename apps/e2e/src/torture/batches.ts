import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeRows, writeFile, type MadeRow } from '../recipients-file.ts';
import { runCli } from '../run-cli.ts';
import type { Environment } from '../system.ts';
import { isReleased, type Look } from './look.ts';
import type { PlannedBatch } from './plan-run.ts';

/** What the file of a batch holds. */
export function rowsOf({ rows, reference, firstPhone }: PlannedBatch): Generator<MadeRow> {
  return makeRows(rows, reference, firstPhone);
}

/** After a command that failed, because something that it needs was away. */
const AGAIN_AFTER_MS = 500;
/** A submitter has a page sent again only after ten seconds; one that is killed and starts anew is faster, and one more fault. */
const SUBMIT_MS = 8_000;
const SUBMIT_MS_PER_ROW = 2;

/**
 * Submits a batch and releases it, by the command line, and does not give up: each of the two may fail half-way and is done
 * again. One submission is not repeated: a submitter that was told that the ledger had taken all pages, and then that it
 * misses some, has thrown them away. Its rows are lost.
 */
export async function payBatch(
  batch: PlannedBatch,
  at: {
    readonly look: Look;
    readonly cli: Environment;
    readonly folder: string;
    readonly ended: AbortSignal;
  },
): Promise<void> {
  const file = join(at.folder, `${batch.reference}.csv`);
  await writeFile(file, rowsOf(batch));
  const submit = ['submit', file, '--reference', batch.reference, '--json'];
  while (!at.ended.aborted) {
    const patienceMs = SUBMIT_MS + batch.rows * SUBMIT_MS_PER_ROW;
    const end = await runCli(submit, at.cli, patienceMs).catch(() => undefined); // killed
    if (end?.code === 0) break;
    if (end?.stdout.includes('"batch_incomplete"')) return;
    await delay(AGAIN_AFTER_MS);
  }
  while (!at.ended.aborted) {
    await runCli(['release', batch.reference], at.cli);
    // What the command says may have been lost on the way; the ledger knows whether it did it.
    if (await isReleased(at.look, batch.reference)) return;
    await delay(AGAIN_AFTER_MS);
  }
}
