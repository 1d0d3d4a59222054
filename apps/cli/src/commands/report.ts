import { formatMoney, sumByCurrency, type LineState, type Money } from '@salio/domain';
import { reportBatch, type Report } from '@salio/ledger';
import { withLedger, type Output } from '../context.ts';
import { printJson, printLine, printTable } from '../output.ts';

/** States in which the provider has taken the line: it costs money. */
const TAKEN: readonly LineState[] = ['sent', 'succeeded'];

export async function report(name: string, { json }: Output): Promise<void> {
  const found = await withLedger((ledger) => reportBatch(ledger, name));
  if (json) printJson(toJson(found));
  else print(found);
}

/** What the taken lines cost: amount less discount, per currency. */
function totals(found: Report): { amount: Money[]; discount: Money[]; cost: Money[] } {
  const taken = found.states.filter(({ state }) => TAKEN.includes(state));
  const cost = taken.map(({ amount, discount }) => ({
    currency: amount.currency,
    units: amount.units - discount.units,
  }));
  return {
    amount: sumByCurrency(taken.map(({ amount }) => amount)),
    discount: sumByCurrency(taken.map(({ discount }) => discount)),
    cost: sumByCurrency(cost),
  };
}

function toJson(found: Report): unknown {
  const { batch } = found;
  const counts: Record<string, number> = {};
  for (const { state, lines } of found.states) counts[state] = (counts[state] ?? 0) + lines;
  const { amount, discount, cost } = totals(found);
  return {
    batchId: batch.batchId,
    clientReference: batch.clientReference,
    state: batch.state,
    rows: batch.rows,
    lines: batch.lines,
    rejected: batch.rejected,
    states: counts,
    amount: amount.map(formatMoney),
    discount: discount.map(formatMoney),
    cost: cost.map(formatMoney),
    rejections: found.rejections,
    texts: found.texts,
    discrepancies: found.discrepancies,
  };
}

function print(found: Report): void {
  const { batch } = found;
  printLine(`Batch ${batch.clientReference} of ${batch.source} (${batch.batchId}): ${batch.state}`);
  if (batch.stateReason) printLine(`  ${batch.stateReason}`);
  printLine(
    `Rows ${batch.rows ?? '?'} = lines ${batch.lines ?? '?'} + rejections ${batch.rejected ?? '?'}`,
  );
  printLine();
  printTable(
    ['state', 'lines', 'amount', 'discount'],
    found.states.map((sum) => [
      sum.state,
      String(sum.lines),
      formatMoney(sum.amount),
      formatMoney(sum.discount),
    ]),
  );
  const { amount, discount, cost } = totals(found);
  printLine();
  printLine(
    `Taken by the provider: ${list(amount)}; discount ${list(discount)}; cost ${list(cost)}`,
  );
  for (const { reason, rows } of found.rejections) printLine(`  rejected ${rows}: ${reason}`);
  for (const { state, text, lines } of found.texts) printLine(`  ${state} ${lines}: ${text}`);
  for (const { kind, count } of found.discrepancies) printLine(`  discrepancies ${count}: ${kind}`);
}

function list(sums: readonly Money[]): string {
  return sums.map(formatMoney).join(' + ') || 'nothing';
}
