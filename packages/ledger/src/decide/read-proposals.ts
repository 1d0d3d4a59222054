import { currency, VERDICTS, type Money, type Verdict } from '@salio/domain';
import type { PoolClient } from 'pg';
import { PROPOSAL_HOURS_MAX } from '../operator.ts';
import { run, type Queryable } from '../sql.ts';

/** A decision that one person proposed. */
export interface DecisionProposal {
  readonly decisionId: string;
  readonly at: Date;
  readonly operator: string;
  readonly verdict: Verdict;
  readonly reason: string;
  /** How its lines were chosen. */
  readonly selection: Readonly<Record<string, unknown>>;
  readonly lines: number;
  readonly sums: readonly Money[];
}

/** A proposal, and what became of it. */
export interface KnownProposal extends DecisionProposal {
  /** Too old to be confirmed. */
  readonly expired: boolean;
  /** Who has confirmed it. */
  readonly confirmedBy: string | undefined;
}

/** One proposal by its number; undefined where there is none. */
export async function readProposal(
  client: PoolClient,
  decisionId: string,
): Promise<KnownProposal | undefined> {
  const [row] = await run<ProposalRow>(client, READ_ONE, [decisionId, PROPOSAL_HOURS_MAX]);
  return (
    row && { ...toProposal(row), expired: row.expired, confirmedBy: row.confirmed_by ?? undefined }
  );
}

/** Proposals that wait for a second person, the oldest first; `limit` at most. */
export async function listProposals(on: Queryable, limit: number): Promise<DecisionProposal[]> {
  return (await run<ProposalRow>(on, LIST_OPEN, [limit, PROPOSAL_HOURS_MAX])).map(toProposal);
}

interface ProposalRow {
  id: string;
  at: Date;
  operator: string;
  verdict: string;
  reason: string;
  selection: Record<string, unknown>;
  lines: number;
  sums: Record<string, string>;
  expired: boolean;
  confirmed_by: string | null;
}

function toProposal(row: ProposalRow): DecisionProposal {
  const verdict = VERDICTS.find((known) => known === row.verdict);
  if (!verdict) throw new Error(`the ledger holds a verdict that is not known: ${row.verdict}`);
  const { id: decisionId, at, operator, reason, selection, lines } = row;
  const sums = Object.entries(row.sums).map(([code, units]) => ({
    currency: currency(code),
    units: BigInt(units),
  }));
  return { decisionId, at, operator, verdict, reason, selection, lines, sums };
}

const COLUMNS = 'p.id, p.at, p.operator, p.verdict, p.reason, p.selection, p.lines, p.sums';
const EXPIRED = 'p.at <= clock_timestamp() - make_interval(hours => $2)';

const READ_ONE = {
  name: 'read-decision-proposal',
  text: `SELECT ${COLUMNS}, ${EXPIRED} AS expired, c.operator AS confirmed_by
    FROM decisions p LEFT JOIN decisions c ON c.confirms = p.id
    WHERE p.id = $1 AND p.confirms IS NULL`,
};

/** Numbers follow the time, so only the newest are looked at. */
const LIST_OPEN = {
  name: 'list-open-decisions',
  text: `SELECT ${COLUMNS} FROM decisions p
    WHERE p.confirms IS NULL AND NOT ${EXPIRED} AND NOT EXISTS (SELECT 1 FROM decisions c WHERE c.confirms = p.id)
    ORDER BY p.id LIMIT $1`,
};
