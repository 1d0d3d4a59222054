import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { formatMoney, type BatchState, type LineState, type Money } from '@salio/domain';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLine } from '../output.ts';
import { createProgress } from '../progress/progress.ts';
import { createTeller } from '../progress/tell-batch.ts';
import { countsOf } from '../state-counts.ts';
import type { SubmitOptions } from './options.ts';

/** Between two looks at a batch that is being paid, ms. */
const LOOK_EVERY_MS = 1_000;
const ENDED: readonly BatchState[] = ['completed', 'cancelled', 'refused', 'abandoned'];

/** What the ledger said of a batch. */
export interface ToldVerdict {
  readonly batchId: string;
  readonly verdict: string;
  readonly state: string;
  readonly rows: number;
  readonly lines: number;
  readonly rejected: number;
  readonly sums: readonly Money[];
  readonly contentHash: string;
}

export function printVerdict(told: ToldVerdict, { json, reference }: SubmitOptions): void {
  const { batchId, verdict, state, rows, lines, rejected, contentHash } = told;
  const sums = told.sums.map(formatMoney);
  if (json) {
    const named = { batchId, clientReference: reference, verdict, state };
    return printJson({ ...named, rows, lines, rejected, sums, contentHash });
  }
  const again = verdict === 'same' ? ' (it was there already, with the same content)' : '';
  printLine(`Batch ${batchId} is ${state}${again}.`);
  printLine(
    `Rows ${rows} = lines ${lines} + rejections ${rejected}; ${sums.join(' + ') || 'no lines'}.`,
  );
}

/** Says where the rejected rows are, and what to do with them. */
export function printHowToCorrect(file: string, reference: string): void {
  const names = `--reference ANOTHER --corrects ${JSON.stringify(reference)}`;
  printLine(
    `The rejected rows are in ${file}. Correct them there, then: salio submit ${file} ${names}`,
  );
}

/** A batch as it is now. */
interface Look {
  readonly state: BatchState;
  readonly states: Readonly<Partial<Record<LineState, number>>>;
}

/** Looks at a batch until it is completed, or never will be: then the exit status says so. */
export async function waitForEnd(
  look: () => Promise<Look>,
  { json, reference }: SubmitOptions,
): Promise<void> {
  using progress = createProgress(!json);
  const teller = createTeller();
  for (;;) {
    const { state, states } = await look();
    const { text, share } = teller.tell({ state, counts: countsOf(states) }, performance.now());
    progress.update(text, share);
    if (ENDED.includes(state)) {
      progress[Symbol.dispose]();
      if (json) printJson({ clientReference: reference, state });
      else printLine(`Batch ${reference} is ${state}.`);
      if (state !== 'completed') process.exitCode = EXIT.refused;
      return;
    }
    await delay(LOOK_EVERY_MS);
  }
}
