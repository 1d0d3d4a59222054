import { formatMoney, type DecisionTerms, type Money, type Verdict } from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { PROPOSAL_HOURS_MAX, recordAction, type Ordered } from '../operator.ts';
import { run } from '../sql.ts';
import {
  describeSelection,
  findLines,
  openSelection,
  type ChosenLine,
  type DecisionSelection,
} from './find-lines.ts';
import { listDecisionRefusals, weighLines, type Weighed } from './weigh-lines.ts';

export interface DecisionQuestion {
  readonly verdict: Verdict;
  readonly selection: DecisionSelection;
  readonly terms: DecisionTerms;
}

export interface ProposalOrder extends DecisionQuestion, Ordered {
  readonly reason: string;
  /** What the operator saw: where it is something else now, nothing is proposed. */
  readonly expected?: { readonly lines?: number; readonly sums?: readonly Money[] };
}

export interface ProposedDecision extends Weighed {
  /** Its number: what another person confirms. */
  readonly decisionId: string;
  /** Within how many hours. */
  readonly hours: number;
}

/** Lines of one decision at most: their numbers are kept in memory, and a minute confirms them in one commit. */
export const DECISION_LINES_MAX = 100_000;
/** Lines written in one statement: some hundred kB. */
const INSERT_AT_ONCE = 10_000;

/** What such a decision would be about now; changes and locks nothing. Throws NotFound or Conflict. */
export async function previewDecision(
  ledger: Ledger,
  question: DecisionQuestion,
): Promise<Weighed> {
  return inTransaction(ledger, (client) => weighSelection(client, question), 'byKey');
}

/**
 * Writes down which lines a person calls paid or unpaid, and why. It moves nothing: another person confirms it. Only lines that
 * could be decided now are in it. Throws NotFound, and Conflict where there is no such line, where they are too many, or not
 * what was expected.
 */
export async function proposeDecision(
  ledger: Ledger,
  order: ProposalOrder,
): Promise<ProposedDecision> {
  if (order.reason.trim() === '') throw new Conflict('a decision needs a reason');
  return inTransaction(
    ledger,
    async (client) => {
      const lines: ChosenLine[] = [];
      const weighed = await weighSelection(client, order, (page) => {
        lines.push(...page);
      });
      if (weighed.lines === 0) {
        throw new Conflict(`no line can be decided: ${listDecisionRefusals(weighed.refused)}`);
      }
      expect(order.expected, weighed);
      const decisionId = await insertProposal(client, order, weighed);
      for (let from = 0; from < lines.length; from += INSERT_AT_ONCE) {
        const page = lines.slice(from, from + INSERT_AT_ONCE);
        await run(client, INSERT_LINES, [
          decisionId,
          page.map(({ batchNo }) => batchNo),
          page.map(({ seq }) => seq),
          page.map(({ attemptNo }) => attemptNo),
        ]);
      }
      return { ...weighed, decisionId, hours: PROPOSAL_HOURS_MAX };
    },
    'byKey',
  );
}

/** Sums as a fact keeps them. */
export function sumsAsText(sums: readonly Money[]): Record<string, string> {
  return Object.fromEntries(sums.map(({ currency, units }) => [currency, String(units)]));
}

async function weighSelection(
  client: PoolClient,
  { verdict, selection, terms }: DecisionQuestion,
  keep?: (lines: readonly ChosenLine[]) => void,
): Promise<Weighed> {
  let lines = 0;
  const chosen = await openSelection(client, selection);
  const order = { verdict, terms, hold: false };
  return weighLines(client, findLines(client, chosen), order, (page) => {
    lines += page.length;
    if (lines > DECISION_LINES_MAX) {
      throw new Conflict(
        `a decision is about ${DECISION_LINES_MAX} lines at most: choose fewer, by batch, text or line numbers`,
      );
    }
    keep?.(page);
    return Promise.resolve();
  });
}

function expect(expected: ProposalOrder['expected'], { lines, sums }: Weighed): void {
  const found = sums.map(formatMoney).join(' + ');
  const wanted = expected?.sums?.map(formatMoney).toSorted().join(' + ') ?? found;
  if ((expected?.lines ?? lines) === lines && wanted === found) return;
  throw new Conflict(`these are ${lines} lines of ${found} now, not what was expected`);
}

async function insertProposal(
  client: PoolClient,
  order: ProposalOrder,
  { lines, sums, refused }: Weighed,
): Promise<string> {
  const { operator, access, verdict, reason, selection } = order;
  const described = describeSelection(selection);
  const [row] = await run<{ id: string }>(client, INSERT_PROPOSAL, [
    operator.slice(0, 128),
    verdict,
    reason.slice(0, 1000),
    JSON.stringify(described),
    lines,
    JSON.stringify(sumsAsText(sums)),
  ]);
  if (!row) throw new Error('a proposal was not written');
  await recordAction(client, {
    operator,
    ...(access && { access }),
    verb: 'lines.decide.propose',
    subject: `decision ${row.id}`,
    ...(selection.batchId === undefined ? {} : { batchId: selection.batchId }),
    reason,
    detail: { verdict, selection: described, lines, sums: sums.map(formatMoney), refused },
  });
  return row.id;
}

const INSERT_PROPOSAL = {
  name: 'insert-decision-proposal',
  text: `INSERT INTO decisions (operator, verdict, reason, selection, lines, sums) VALUES ($1, $2, $3, $4, $5, $6)
    RETURNING id`,
};

const INSERT_LINES = {
  name: 'insert-decision-lines',
  text: `INSERT INTO decision_lines (decision_id, batch_no, seq, attempt_no)
    SELECT $1, u.batch_no, u.seq, u.attempt_no FROM unnest($2::int[], $3::int[], $4::smallint[]) AS u(batch_no, seq, attempt_no)`,
};
