import {
  describeProblem,
  formatHead,
  parseHead,
  readHead,
  verifyChain,
  type Verification,
} from '@salio/ledger';
import process from 'node:process';
import { withLedger, type Output } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLine } from '../output.ts';
import { describePace, formatCount } from '../progress/describe.ts';
import { notePace, perSecond, startPace } from '../progress/pace.ts';
import { createProgress } from '../progress/progress.ts';
import { UsageError } from '../usage-error.ts';

export interface VerifyOptions {
  readonly head?: string;
}

/** Verifies the audit chain; the exit status is 0 only where nothing is wrong. */
export async function verifyAudit(options: VerifyOptions & Output): Promise<void> {
  const head = options.head === undefined ? undefined : parseHead(options.head);
  if (options.head !== undefined && !head) {
    throw new UsageError(`${options.head} is no head: it is written as salio audit head prints it`);
  }
  using progress = createProgress(!options.json);
  let pace = startPace(0, performance.now());
  const onProgress = ({ blocks, facts }: { blocks: number; facts: number }) => {
    pace = notePace(pace, facts, performance.now());
    const rate = describePace(perSecond(pace), undefined);
    const done = `${formatCount(facts)} facts in ${formatCount(blocks)} blocks`;
    progress.update(rate ? `${done}, ${rate}` : done);
  };
  const found = await withLedger((ledger) => verifyChain(ledger, { head, onProgress }));
  progress[Symbol.dispose]();
  if (options.json) printJson(toJson(found));
  else print(found, head !== undefined);
  if (!found.verified) process.exitCode = EXIT.problem;
}

/** The head of the audit chain, to be noted where nobody who can change the ledger can change it. */
export async function showHead({ json }: Output): Promise<void> {
  const head = await withLedger((ledger) => readHead(ledger));
  if (json) printJson(head ? { head: formatHead(head), ...head } : { head: null });
  else printLine(head ? formatHead(head) : 'nothing is sealed yet');
}

function toJson(found: Verification): unknown {
  const { problem, head, ...rest } = found;
  return {
    ...rest,
    head: head ? formatHead(head) : null,
    ...(problem && { problem: { ...problem, message: describeProblem(problem) } }),
  };
}

function print(found: Verification, compared: boolean): void {
  const { problem, blocks, factsSealed, chains, unsealed, head } = found;
  printLine(
    problem
      ? `NOT VERIFIED: ${describeProblem(problem)}`
      : `Verified: ${factsSealed} facts in ${blocks} blocks`,
  );
  for (const { chain, block, at, systemIdentifier, timeline } of chains) {
    printLine(
      `  chain ${chain} begins with block ${block} at ${at}, on timeline ${timeline} of ${systemIdentifier}`,
    );
  }
  printLine(`  not sealed: ${unsealed.facts} facts, of which overdue: ${unsealed.overdue}`);
  if (head) printLine(`  ${problem ? 'right up to' : 'head'} ${formatHead(head)}`);
  if (!problem && !compared) {
    printLine(
      '  Compared with no head that was noted before: a tail cut off together with its facts, or a chain made anew, does not show without --head.',
    );
  }
}
