import { formatMoney, parseMoney, type Money, type Verdict } from '@salio/domain';
import { listDecisionRefusals } from '@salio/ledger';
import { operations, type Answer, type Given } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { parseLineList } from '../line-list.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { UsageError } from '../usage-error.ts';

export interface DecideOptions extends Output {
  readonly paid?: true;
  readonly unpaid?: true;
  readonly batch?: string;
  readonly text?: string;
  readonly attempt?: string;
  readonly lines?: string;
  readonly expectLines?: string;
  readonly expectTotal?: readonly string[];
  readonly confirm?: string;
  readonly reason?: string;
  readonly dryRun?: true;
}

/** The first person chooses lines and proposes what became of them; with --confirm a second one makes it so. */
export async function decide(options: DecideOptions): Promise<void> {
  const { confirm } = options;
  if (confirm === undefined) return propose(options, parseVerdict(options));
  if (!/^[1-9]\d{0,17}$/.test(confirm)) {
    throw new UsageError(`--confirm takes the number of a proposal: "${confirm}" is none`);
  }
  const other = OF_PROPOSALS.find((name) => options[name] !== undefined);
  if (other !== undefined)
    throw new UsageError(
      '--confirm takes a proposal as it is: only --reason and --dry-run go with it',
    );
  return confirmProposal(options, confirm);
}

const OF_PROPOSALS = [
  'paid',
  'unpaid',
  'batch',
  'text',
  'attempt',
  'lines',
  'expectLines',
  'expectTotal',
] as const satisfies readonly (keyof DecideOptions)[];

async function propose(options: DecideOptions, verdict: Verdict): Promise<void> {
  const { dryRun = false } = options;
  const expected = parseExpected(options);
  const reason = dryRun ? {} : { reason: parseReason(options) };
  const body = { verdict, selection: parseSelection(options), dryRun, expected, ...reason };
  await using desk = openDesk();
  const done = await desk.ask(operations.proposeDecision, { body });
  const { decisionId, hours } = done;
  if (dryRun) {
    if (options.json) return printJson({ dryRun, verdict, ...toJson(done) });
    printWeighed(done, `would be proposed as ${verdict}`);
    return printLine('Nothing was changed.');
  }
  if (options.json) {
    return printJson({ dryRun, decision: decisionId, verdict, hours, ...toJson(done) });
  }
  printWeighed(done, `are proposed as ${verdict}`);
  printLine(
    `Nothing is moved yet: another person confirms it within ${hours} hours, with --confirm ${decisionId}.`,
  );
}

async function confirmProposal(options: DecideOptions, decision: string): Promise<void> {
  const { dryRun = false } = options;
  const reason = dryRun ? {} : { reason: parseReason(options) };
  await using desk = openDesk();
  const done = await desk.ask(operations.confirmDecision, {
    params: { decision },
    body: { dryRun, ...reason },
  });
  const { proposal, adopted = 0 } = done;
  const { verdict, operator, at } = proposal;
  if (options.json) {
    const shown = { decision, verdict, proposedBy: operator, reason: proposal.reason };
    return printJson({ dryRun, ...shown, adopted: done.adopted, ...toJson(done) });
  }
  printLine(`Proposed by ${operator} at ${at.toISOString()}: ${proposal.reason}`);
  printWeighed(done, dryRun ? `would be ${verdict}` : `are ${verdict}`);
  if (dryRun) printLine('Nothing was changed.');
  else if (adopted > 0) printLine(`${adopted} of them have a request id now that no line had.`);
}

function parseVerdict({ paid, unpaid }: DecideOptions): Verdict {
  if (paid === unpaid) throw new UsageError('say --paid or --unpaid, or --confirm a proposal');
  return paid ? 'paid' : 'unpaid';
}

function parseReason({ reason = '' }: DecideOptions): string {
  if (reason.trim() === '') throw new UsageError('a decision needs a --reason');
  return reason;
}

type Selection = Given<typeof operations.proposeDecision>['body']['selection'];
type Weighed = Answer<typeof operations.proposeDecision | typeof operations.confirmDecision>;

function parseSelection({ batch, text, attempt, lines }: DecideOptions): Selection {
  if (lines !== undefined && batch === undefined)
    throw new UsageError('--lines are of a batch: name it with --batch');
  if (batch === undefined && text === undefined && attempt === undefined)
    throw new UsageError('choose lines with --batch, --text or --attempt');
  if (text === '') throw new UsageError('--text is what the worklist shows, and not empty');
  return {
    ...(batch === undefined ? {} : { batch }),
    ...(text === undefined ? {} : { text }),
    ...(attempt === undefined ? {} : { attempt: parseAttempt(attempt) }),
    ...(lines === undefined ? {} : { lines: parseLineList(lines) }),
  };
}

function parseAttempt(text: string): NonNullable<Selection['attempt']> {
  if (/^[0-9a-f]{64}$/i.test(text)) return { key: text.toLowerCase() };
  if (/^[1-9]\d{0,17}$/.test(text)) return { id: text };
  throw new UsageError(`--attempt is a number or a key of 64 hex digits: "${text}" is neither`);
}

function parseExpected({ expectLines, expectTotal }: DecideOptions): {
  lines?: number;
  sums?: Money[];
} {
  if (expectLines !== undefined && !/^\d{1,9}$/.test(expectLines))
    throw new UsageError('--expect-lines is a whole number');
  return {
    ...(expectLines === undefined ? {} : { lines: Number(expectLines) }),
    ...(expectTotal === undefined ? {} : { sums: expectTotal.map(parseTotal) }),
  };
}

function parseTotal(text: string): Money {
  const money = parseMoney(text);
  if (!money) throw new UsageError(`--expect-total is written "KES 1000.50": "${text}" is not`);
  return money;
}

function toJson({ lines, sums, oldestAt, texts, refused }: Weighed): Record<string, unknown> {
  return { lines, sums: sums.map(formatMoney), oldestAt, texts, refused };
}

function printWeighed({ lines, sums, oldestAt, texts, refused }: Weighed, verb: string): void {
  const total = sums.map(formatMoney).join(' + ') || 'nothing';
  const since = oldestAt ? `; the oldest is in doubt since ${oldestAt.toISOString()}` : '';
  printLine(`${lines} lines ${verb} (${total})${since}.`);
  if (texts.length > 0) {
    printTable(
      ['lines', 'text'],
      texts.map((each) => [String(each.lines), each.text]),
    );
  }
  if (Object.keys(refused).length > 0) printLine(`Left alone: ${listDecisionRefusals(refused)}.`);
}
