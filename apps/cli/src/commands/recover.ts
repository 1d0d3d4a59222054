import { formatMoney } from '@salio/domain';
import {
  countClaimable,
  nameIncarnation,
  readProposal,
  readTrust,
  recoverLedger,
  type Claimable,
  type Ledger,
  type RecoveryOrder,
} from '@salio/ledger';
import { withLedger, type Output } from '../context.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { settings } from '../settings.ts';

/** Without a reason it only shows; with one the first person proposes, and a second one confirms and so does it. */
export async function recover(
  options: Output & { reason?: string; account?: string[] },
): Promise<void> {
  const { reason, account: accounts = [] } = options;
  await withLedger((ledger) =>
    reason === undefined
      ? show(ledger, options)
      : carryOut(ledger, options, { operator: settings.operator(), reason, accounts }),
  );
}

async function show(ledger: Ledger, options: Output): Promise<void> {
  const trust = await readTrust(ledger);
  const untrusted = trust.kind === 'untrusted';
  const claimable = untrusted ? await countClaimable(ledger) : [];
  const proposal = untrusted ? await readProposal(ledger, trust.now) : undefined;
  if (options.json) {
    const sums = claimable.map((sum) => ({ ...sum, amount: formatMoney(sum.amount) }));
    return printJson({ ...trust, proposal, claimable: sums });
  }
  if (trust.kind === 'trusted') {
    return printLine(`Nothing to recover: ${nameIncarnation(trust.now)} is trusted.`);
  }
  printLine(`UNTRUSTED ${trust.reason}`);
  if (!untrusted) return;
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

function cells(sum: Claimable): string[] {
  return [String(sum.batches), sum.batch, String(sum.lines), sum.state, formatMoney(sum.amount)];
}

async function carryOut(ledger: Ledger, options: Output, order: RecoveryOrder): Promise<void> {
  const done = await recoverLedger(ledger, order);
  if (options.json) return printJson(done);
  printLine(
    done.kind === 'proposed'
      ? `Proposed. Another person confirms it with the same command, within ${done.hours} hours.`
      : `Recovered by ${done.operators.join(' and ')}: ${done.lines} lines are unresolved; ${nameIncarnation(done.now)} is trusted.`,
  );
  printLine(`Accounts whose equal payments wait: ${done.accounts.join(', ')}.`);
}
