import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { BatchState } from '@salio/domain';
import { countStates, readBatch, type BatchView, type StateCounts } from '@salio/ledger';
import { withLedger, type Output } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLine } from '../output.ts';
import { describePace, describeShare } from '../progress/describe.ts';
import { notePace, perSecond, secondsLeft, startPace, type Pace } from '../progress/pace.ts';
import { createProgress } from '../progress/progress.ts';
import { countSent, listStates } from '../state-counts.ts';
import { visible } from '../table.ts';

/** Between two looks, ms. A look reads some dozen rows, however large the batch is. */
const LOOK_EVERY_MS = 1_000;
const ENDED: readonly BatchState[] = ['completed', 'cancelled', 'refused', 'abandoned'];

/** Looks at a batch until it is completed, or will never be: then the exit status says so. */
export async function watch(name: string, options: Output): Promise<void> {
  await withLedger(async (ledger) => {
    const { batchId } = await readBatch(ledger, name);
    using progress = createProgress(!options.json);
    let pace: Pace | undefined;
    let shown = '';
    for (;;) {
      const batch = await readBatch(ledger, batchId);
      const counts = await countStates(ledger, batchId);
      const now = performance.now();
      const { done, total } = countSent(counts);
      pace = paceOf(batch, pace, done, now);
      const seen = `${batch.state} ${listStates(counts)}`;
      if (options.json && seen !== shown) printJson(toJson(batch, counts, pace));
      shown = seen;
      progress.update(describe(batch, counts, pace), total > 0 ? done / total : undefined);
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
  });
}

/** Only a released batch has a pace: before it, and while it is paused, nothing is to be expected. */
function paceOf(
  { state }: BatchView,
  pace: Pace | undefined,
  done: number,
  nowMs: number,
): Pace | undefined {
  if (state !== 'released') return undefined;
  return pace ? notePace(pace, done, nowMs) : startPace(done, nowMs);
}

function describe(batch: BatchView, counts: StateCounts, pace: Pace | undefined): string {
  const { done, total } = countSent(counts);
  const parts = [
    batch.state,
    batch.stateReason ?? '',
    describeShare(done, total),
    pace ? describePace(perSecond(pace), secondsLeft(pace, total - done)) : '',
    listStates(counts),
  ];
  return visible(parts.filter((part) => part !== '').join(', '));
}

function toJson(batch: BatchView, counts: StateCounts, pace: Pace | undefined) {
  const { batchId, clientReference, state, stateReason } = batch;
  const { done, total } = countSent(counts);
  const rate = pace && perSecond(pace);
  const left = pace && secondsLeft(pace, total - done);
  return {
    at: new Date(),
    batchId,
    clientReference,
    state,
    stateReason,
    states: Object.fromEntries(counts),
    lines: total,
    done,
    perSecond: rate === undefined ? undefined : Math.round(rate * 10) / 10,
    secondsLeft: left === undefined ? undefined : Math.round(left),
  };
}
