import { ADOPTION_DOUBTS, formatMoney } from '@salio/domain';
import { operations, type Answer } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { printJson, printLine, printTable } from '../output.ts';

type Worklist = Answer<typeof operations.readWorklist>;
type WorkGroup = Worklist['unresolved'][number];
type HeldGroup = Worklist['held'][number];
type UnattributedNews = Worklist['unattributed']['examples'][number];

/** What waits for a person: lines that nobody knows of, proposals, news without a line, and with a batch its failed lines. */
export async function showWorklist(options: Output & { batch?: string }): Promise<void> {
  const { batch } = options;
  await using desk = openDesk();
  const list = await desk.ask(operations.readWorklist, {
    query: batch === undefined ? {} : { batch },
  });
  const { unattributed: news } = list;
  if (options.json) {
    return printJson({
      ...list,
      unresolved: list.unresolved.map(groupJson),
      failed: list.failed.map(groupJson),
      held: list.held.map(groupJson),
      proposals: list.proposals.map((each) => ({ ...each, sums: each.sums.map(formatMoney) })),
      unattributed: { ...news, examples: news.examples.map(newsJson) },
    });
  }
  printGroups('unresolved', list.unresolved);
  if (batch !== undefined) printGroups('failed', list.failed);
  printHeld(list.held);
  if (list.groupsLeftOut > 0) printLine(`And ${list.groupsLeftOut} smaller groups.`);
  printProposals(list.proposals);
  printNews(news);
}

function groupJson(group: WorkGroup | HeldGroup): unknown {
  return { ...group, amount: formatMoney(group.amount) };
}

function newsJson({ amount, ...news }: UnattributedNews): unknown {
  return { ...news, ...(amount && { amount: formatMoney(amount) }) };
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

function printHeld(groups: readonly HeldGroup[]): void {
  if (groups.length === 0) return;
  printLine();
  printTable(
    ['held', 'amount', 'batch', 'not before', 'reason'],
    groups.map((group) => [
      String(group.lines),
      formatMoney(group.amount),
      group.clientReference,
      group.notBefore.toISOString(),
      group.reason,
    ]),
  );
}

function printProposals(proposals: Worklist['proposals']): void {
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

function printNews({ ids, successes, examples }: Worklist['unattributed']): void {
  if (ids === 0) return;
  printLine();
  printLine(
    `The provider told of ${ids} request ids that no line has; ${successes} of them are paid. The oldest:`,
  );
  printTable(
    ['request id', 'status', 'phone', 'amount', 'came', 'why no line has it'],
    examples.map((news) => [
      news.requestId,
      news.status,
      news.msisdn ?? '',
      news.amount ? formatMoney(news.amount) : '',
      news.receivedAt.toISOString(),
      whyNot(news),
    ]),
  );
}

function whyNot({ because }: UnattributedNews): string {
  if (because === 'waiting') return 'more may come';
  return because === 'asked' ? 'the provider is being asked' : ADOPTION_DOUBTS[because];
}
