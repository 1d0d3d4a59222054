import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { BatchState } from '@salio/domain';
import { operations, type Answer } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLine } from '../output.ts';
import { createProgress } from '../progress/progress.ts';
import { createTeller, type BatchTold } from '../progress/tell-batch.ts';
import { countsOf, listStates } from '../state-counts.ts';

/** Between two looks, ms. A look reads some dozen rows, however large the batch is. */
const LOOK_EVERY_MS = 1_000;
const ENDED: readonly BatchState[] = ['completed', 'cancelled', 'refused', 'abandoned'];

/** Looks at a batch until it is completed, or will never be: then the exit status says so. */
export async function watch(name: string, options: Output): Promise<void> {
  await using desk = openDesk();
  let look = { params: { batch: name } };
  using progress = createProgress(!options.json);
  const teller = createTeller();
  let shown = '';
  for (;;) {
    const batch = await desk.ask(operations.readBatch, look);
    // Its name may become that of another source's batch as well.
    look = { params: { batch: batch.batchId } };
    const counts = countsOf(batch.states);
    const told = teller.tell({ ...batch, counts }, performance.now());
    const seen = `${batch.state} ${listStates(counts)}`;
    if (options.json && seen !== shown) printJson(toJson(batch, told));
    shown = seen;
    progress.update(told.text, told.share);
    if (ENDED.some((state) => state === batch.state)) {
      progress[Symbol.dispose]();
      if (!options.json) {
        const lines = listStates(counts) || 'no lines';
        printLine(`Batch ${batch.clientReference} is ${batch.state}: ${lines}.`);
      }
      if (batch.state !== 'completed') process.exitCode = EXIT.refused;
      return;
    }
    await delay(LOOK_EVERY_MS);
  }
}

function toJson(
  { batchId, clientReference, state, stateReason, states }: Answer<typeof operations.readBatch>,
  { done, total, rate, left }: BatchTold,
) {
  return {
    at: new Date(),
    batchId,
    clientReference,
    state,
    stateReason,
    states,
    lines: total,
    done,
    perSecond: rate === undefined ? undefined : Math.round(rate * 10) / 10,
    secondsLeft: left === undefined ? undefined : Math.round(left),
  };
}
