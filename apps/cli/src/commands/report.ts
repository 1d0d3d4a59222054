import { formatMoney, sumByCurrency, type LineState, type Money } from '@salio/domain';
import { awaitSeal, readLedgerId, reportBatch, type Report } from '@salio/ledger';
import { operations } from '@salio/operations';
import { publicKeyOf, readPrivateKey, signDocument } from '@salio/queue';
import { withLedger, type Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { settings } from '../settings.ts';

/** States in which the provider has taken the line: it costs money. */
const TAKEN: readonly LineState[] = ['sent', 'succeeded'];

/** How long a signed report waits for the sealer, ms: a scheduler works every few seconds. */
const SEAL_PATIENCE_MS = 15_000;

export interface ReportOptions {
  readonly signed?: true;
}

export async function report(
  name: string,
  { json, signed }: ReportOptions & Output,
): Promise<void> {
  if (signed) return signedReport(name);
  await using desk = openDesk();
  const found = await desk.ask(operations.reportBatch, { params: { batch: name } });
  if (json) printJson(toJson(found));
  else print(found);
}

/** A report, whoever made it. */
type Found = Omit<Report, 'batch'> &
  Pick<
    Report['batch'],
    | 'batchId'
    | 'source'
    | 'clientReference'
    | 'state'
    | 'stateReason'
    | 'rows'
    | 'lines'
    | 'rejected'
  >;

/**
 * A report that others can prove: signed with the ledger's key, with the head of the audit chain. Where `audit.sealed` is true,
 * everything that it was made of lies under that head.
 */
async function signedReport(name: string): Promise<void> {
  const key = readPrivateKey(settings.ledgerKey());
  const document = await withLedger(async (ledger) => {
    const ledgerId = await readLedgerId(ledger);
    const { batch, ...found } = await reportBatch(ledger, name);
    const at = new Date().toISOString();
    const { head, sealed } = await awaitSeal(ledger, SEAL_PATIENCE_MS);
    const audit = { block: head?.no, hash: head?.hash, at: head?.at, sealed };
    return {
      ledgerId,
      ledgerPublicKey: publicKeyOf(key),
      at,
      audit,
      report: toJson({ ...batch, ...found }),
    };
  });
  printJson(signDocument('report', document, key));
}

/** What the taken lines cost: amount less discount, per currency. */
function totals(found: Found): { amount: Money[]; discount: Money[]; cost: Money[] } {
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

function toJson(found: Found): unknown {
  const counts: Record<string, number> = {};
  for (const { state, lines } of found.states) counts[state] = (counts[state] ?? 0) + lines;
  const { amount, discount, cost } = totals(found);
  return {
    batchId: found.batchId,
    clientReference: found.clientReference,
    state: found.state,
    rows: found.rows,
    lines: found.lines,
    rejected: found.rejected,
    states: counts,
    amount: amount.map(formatMoney),
    discount: discount.map(formatMoney),
    cost: cost.map(formatMoney),
    rejections: found.rejections,
    texts: found.texts,
    discrepancies: found.discrepancies,
    phonesDeletedAt: found.phonesDeletedAt?.toISOString() ?? null,
  };
}

function print(found: Found): void {
  printLine(`Batch ${found.clientReference} of ${found.source} (${found.batchId}): ${found.state}`);
  if (found.stateReason) printLine(`  ${found.stateReason}`);
  printLine(
    `Rows ${found.rows ?? '?'} = lines ${found.lines ?? '?'} + rejections ${found.rejected ?? '?'}`,
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
  if (found.phonesDeletedAt)
    printLine(`Phones and raw bodies were deleted at ${found.phonesDeletedAt.toISOString()}.`);
}

function list(sums: readonly Money[]): string {
  return sums.map(formatMoney).join(' + ') || 'nothing';
}
