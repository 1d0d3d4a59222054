import { formatMoney, REJECTION_REASONS, type Money } from '@salio/domain';
import type { Answer, operations } from '@salio/operations';
import { limitsJson, tellLimits } from '../limits.ts';
import { printJson, printLine } from '../output.ts';
import type { SubmitOptions } from './options.ts';

/** What would become of a batch. */
type Tried = Extract<Answer<typeof operations.submitBatch>, { dryRun: true }>;

const VERDICTS: Readonly<Record<Tried['verdict'], string>> = {
  accepted: 'would be taken in',
  same: 'is there already, with the same content: nothing would be added',
  conflict: 'is there already with other content: it would be a conflict',
  refused: 'would be refused',
};

const RELEASES: Readonly<Record<Tried['release'], string>> = {
  policy: 'Policy would release it: nobody must.',
  one_person: 'One person must release it, who may be the one who submits it.',
  second_person: 'Another person than the one who submits it must release it.',
};

export function printTried(tried: Tried, { json }: SubmitOptions): void {
  if (json) return printJson(toJson(tried));
  const { rows, lines, rejected, mismatches, repeats } = tried;
  const because = mismatches.length > 0 ? ` (${mismatches.join(', ')})` : '';
  printLine(
    `Batch ${tried.clientReference} of ${tried.source} ${VERDICTS[tried.verdict]}${because}.`,
  );
  printLine(`Rows ${rows} = lines ${lines} + rejections ${rejected}; ${list(tried.sums)}.`);
  for (const { reason, rows: count } of tried.reasons)
    printLine(`  rejected ${count}: ${textOf(reason)}`);
  for (const { row, column, reason, detail } of tried.rejections) {
    const where = column === undefined ? '' : ` ${column}`;
    printLine(`  row ${row}${where}: ${textOf(reason)}${detail ? ` (${detail})` : ''}`);
  }
  if (repeats.lines > 0) {
    printLine(`Lines that repeat other batches: ${repeats.lines} (${list(repeats.sums)}).`);
    for (const { source, clientReference, lines: count } of repeats.batches)
      printLine(`  ${count} of ${clientReference} of ${source}`);
  }
  printLine(
    `Expected discount: ${tried.discounts.length > 0 ? list(tried.discounts) : 'not known'}.`,
  );
  for (const line of tellLimits(tried.limits)) printLine(line);
  printLine(RELEASES[tried.release]);
  printLine('Nothing was submitted.');
}

function textOf(reason: string): string {
  return Object.entries(REJECTION_REASONS).find(([known]) => known === reason)?.[1] ?? reason;
}

function list(sums: readonly Money[]): string {
  return sums.map(formatMoney).join(' + ') || 'nothing';
}

function toJson(tried: Tried): unknown {
  const { sums, discounts, repeats, limits } = tried;
  return {
    ...tried,
    limits: limitsJson(limits),
    sums: sums.map(formatMoney),
    discounts: discounts.map(formatMoney),
    repeats: { ...repeats, sums: repeats.sums.map(formatMoney) },
  };
}
