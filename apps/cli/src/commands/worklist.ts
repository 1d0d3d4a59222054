import { formatMoney } from '@salio/domain';
import { readBatch, readWorklist, type DecisionProposal, type WorkGroup } from '@salio/ledger';
import { withLedger, type Output } from '../context.ts';
import { printJson, printLine, printTable } from '../output.ts';

/** What waits for a person: lines that nobody knows of, proposals, and with a batch its failed lines. */
export async function showWorklist(options: Output & { batch?: string }): Promise<void> {
  await withLedger(async (ledger) => {
    const { batch } = options;
    const named = batch === undefined ? {} : { batchId: (await readBatch(ledger, batch)).batchId };
    const list = await readWorklist(ledger, named);
    if (options.json) {
      return printJson({
        ...list,
        unresolved: list.unresolved.map(groupJson),
        failed: list.failed.map(groupJson),
        proposals: list.proposals.map((each) => ({ ...each, sums: each.sums.map(formatMoney) })),
      });
    }
    printGroups('unresolved', list.unresolved);
    if (batch !== undefined) printGroups('failed', list.failed);
    if (list.groupsLeftOut > 0) printLine(`And ${list.groupsLeftOut} smaller groups.`);
    printProposals(list.proposals);
  });
}

function groupJson(group: WorkGroup): unknown {
  return { ...group, amount: formatMoney(group.amount) };
}

function printGroups(state: string, groups: readonly WorkGroup[]): void {
  if (groups.length === 0) return printLine(`No lines are ${state}.`);
  const noted = state === 'failed' ? 'decided' : 'proposed';
  printTable(
    [state, 'amount', 'batch', 'request id', 'oldest', noted, 'text'],
    groups.map((group) => [
      String(group.lines),
      formatMoney(group.amount),
      group.clientReference,
      group.hasRequestId ? 'yes' : 'no',
      group.oldestAt.toISOString(),
      String(group[noted]),
      group.text,
    ]),
  );
}

function printProposals(proposals: readonly DecisionProposal[]): void {
  if (proposals.length === 0) return;
  printLine();
  printLine('Proposed, and waiting for another person (salio decide --confirm <decision>):');
  printTable(
    ['decision', 'verdict', 'lines', 'sums', 'by', 'at', 'reason'],
    proposals.map((each) => [
      each.decisionId,
      each.verdict,
      String(each.lines),
      each.sums.map(formatMoney).join(' + '),
      each.operator,
      each.at.toISOString(),
      each.reason,
    ]),
  );
}
