import { formatMoney } from '@salio/domain';
import { nameIncarnation } from '@salio/ledger';
import { operations, type Answer } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk, type OpenDesk } from '../desk.ts';
import { printJson, printLine, printTable } from '../output.ts';

/** Without a reason it only shows; with one the first person proposes, and a second one confirms and so does it. */
export async function recover(
  options: Output & { reason?: string; account?: string[] },
): Promise<void> {
  const { reason, account: accounts = [] } = options;
  await using desk = openDesk();
  if (reason === undefined) await show(desk, options);
  else await carryOut(desk, options, { reason, accounts });
}

type Trust = Answer<typeof operations.readTrust>;

async function show(desk: OpenDesk, options: Output): Promise<void> {
  const trust = await desk.ask(operations.readTrust, {});
  const { claimable, proposal } = trust;
  if (options.json) {
    const sums = claimable.map((sum) => ({ ...sum, amount: formatMoney(sum.amount) }));
    return printJson({ ...trust, claimable: sums });
  }
  if (trust.kind === 'trusted') {
    return printLine(
      `Nothing to recover: ${trust.now ? nameIncarnation(trust.now) : 'it'} is trusted.`,
    );
  }
  printLine(`UNTRUSTED ${trust.reason}`);
  if (trust.kind !== 'untrusted') return;
  if (proposal) {
    printLine(
      `Proposed by ${proposal.operator} at ${proposal.at.toISOString()}: ${proposal.reason}`,
    );
  }
  printLine(
    'These lines would become unresolved: they may have been sent, and nobody sends them again.',
  );
  printTable(['batches', 'in state', 'lines', 'in state', 'sum'], claimable.map(cells));
}

function cells(sum: Trust['claimable'][number]): string[] {
  return [String(sum.batches), sum.batch, String(sum.lines), sum.state, formatMoney(sum.amount)];
}

async function carryOut(
  desk: OpenDesk,
  options: Output,
  body: { readonly reason: string; readonly accounts: string[] },
): Promise<void> {
  const done = await desk.ask(operations.recoverLedger, { body });
  if (options.json) return printJson(done);
  printLine(
    done.kind === 'proposed'
      ? `Proposed. Another person confirms it with the same command, within ${done.hours} hours.`
      : `Recovered by ${done.operators?.join(' and ')}: ${done.lines} lines are unresolved; ${nameIncarnation(done.now)} is trusted.`,
  );
  printLine(`Accounts whose equal payments wait: ${done.accounts.join(', ')}.`);
}
