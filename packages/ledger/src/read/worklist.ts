import { currency, type BatchId, type LineState, type Money } from '@salio/domain';
import { inTransaction, type Ledger } from '../connection.ts';
import { LINE_TEXT, NEWEST_SEND } from '../decide/line-text.ts';
import { listProposals, type DecisionProposal } from '../decide/read-proposals.ts';
import { PROPOSAL_HOURS_MAX } from '../operator.ts';
import { lineState, run } from '../sql.ts';

/** Lines of one batch that wait for an operator, and of which the same is said. */
export interface WorkGroup {
  readonly batchId: BatchId;
  readonly clientReference: string;
  /** Unresolved or failed. */
  readonly state: LineState;
  /** What is said of them, as a decision chooses lines by it. */
  readonly text: string;
  /** Whether the provider gave them a request id, by which it can be asked. */
  readonly hasRequestId: boolean;
  readonly lines: number;
  readonly amount: Money;
  /** Since when the oldest is in doubt, or failed. */
  readonly oldestAt: Date;
  /** Of the unresolved: how many are in a proposal that waits for a second person. */
  readonly proposed: number;
  /** Of the failed: how many two people called unpaid. */
  readonly decided: number;
}

/** Lines of one batch that wait for the same thing, and go on by themselves. */
export interface HeldGroup {
  readonly batchId: BatchId;
  readonly clientReference: string;
  /** What they wait for. */
  readonly reason: string;
  readonly lines: number;
  readonly amount: Money;
  /** When the first of them may be claimed again. */
  readonly notBefore: Date;
}

export interface Worklist {
  /** The largest first, GROUPS_MAX at most. */
  readonly unresolved: readonly WorkGroup[];
  /** Of the batch that was named; empty where none was. */
  readonly failed: readonly WorkGroup[];
  /** Nobody need do anything about them. The largest first, GROUPS_MAX at most. */
  readonly held: readonly HeldGroup[];
  /** How many groups there are besides these. */
  readonly groupsLeftOut: number;
  /** Decisions that wait for a second person, the oldest first, PROPOSALS_MAX at most. */
  readonly proposals: readonly DecisionProposal[];
}

/** As many as a person looks through; texts of a provider may all differ. */
const GROUPS_MAX = 200;
/** More than two people have open at once. */
const PROPOSALS_MAX = 100;

/** What waits for an operator: lines that nobody knows of, and, of one batch, those that failed. Changes nothing. */
export async function readWorklist(
  ledger: Ledger,
  query: { readonly batchId?: BatchId } = {},
): Promise<Worklist> {
  return inTransaction(
    ledger,
    async (client) => {
      const { batchId = null } = query;
      const asked = [batchId, GROUPS_MAX];
      const unresolved = await run<GroupRow>(client, UNRESOLVED, [...asked, PROPOSAL_HOURS_MAX]);
      const failed = batchId === null ? [] : await run<GroupRow>(client, FAILED, asked);
      const held = await run<HeldRow>(client, HELD, asked);
      const leftOut = [unresolved, failed, held].map(
        (rows) => (rows[0]?.groups ?? 0) - rows.length,
      );
      return {
        unresolved: unresolved.map(toGroup),
        failed: failed.map(toGroup),
        held: held.map(toHeld),
        groupsLeftOut: leftOut.reduce((sum, groups) => sum + groups, 0),
        proposals: await listProposals(client, PROPOSALS_MAX),
      };
    },
    'byKey',
  );
}

interface GroupRow {
  batch_id: BatchId;
  client_reference: string;
  state: string;
  text: string;
  has_request_id: boolean;
  currency: string;
  lines: number;
  amount: string;
  oldest_at: Date;
  proposed: number;
  decided: number;
  groups: number;
}

function toGroup(row: GroupRow): WorkGroup {
  const { text, lines, proposed, decided } = row;
  return {
    batchId: row.batch_id,
    clientReference: row.client_reference,
    state: lineState(row.state),
    text,
    hasRequestId: row.has_request_id,
    lines,
    amount: { currency: currency(row.currency), units: BigInt(row.amount) },
    oldestAt: row.oldest_at,
    proposed,
    decided,
  };
}

interface HeldRow {
  batch_id: BatchId;
  client_reference: string;
  reason: string;
  currency: string;
  lines: number;
  amount: string;
  not_before: Date;
  groups: number;
}

function toHeld(row: HeldRow): HeldGroup {
  return {
    batchId: row.batch_id,
    clientReference: row.client_reference,
    reason: row.reason,
    lines: row.lines,
    amount: { currency: currency(row.currency), units: BigInt(row.amount) },
    notBefore: row.not_before,
  };
}

/** Groups the lines `l` that `from` finds. Looked up line by line: sub-selects with a limit are never read whole. */
const groupsOf = (from: string, per: { since: string; proposed: string; decided: string }) => `
  SELECT b.id AS batch_id, b.client_reference, g.*, count(*) OVER ()::int AS groups
  FROM (
    SELECT l.batch_no, l.state, ${LINE_TEXT} AS text, l.currency, coalesce((
        SELECT true FROM endings i WHERE i.batch_no = l.batch_no AND i.seq = l.seq AND i.attempt_no = l.attempt_no
          AND i.request_id IS NOT NULL LIMIT 1
      ), (
        SELECT true FROM adoptions i WHERE i.batch_no = l.batch_no AND i.seq = l.seq AND i.attempt_no = l.attempt_no LIMIT 1
      ), false) AS has_request_id,
      count(*)::int AS lines, sum(l.amount)::bigint AS amount, min(${per.since}) AS oldest_at,
      (count(*) FILTER (WHERE ${per.proposed}))::int AS proposed, (count(*) FILTER (WHERE ${per.decided}))::int AS decided
    FROM ${from}
    GROUP BY 1, 2, 3, 4, 5
  ) g JOIN batches b ON b.batch_no = g.batch_no
  ORDER BY g.lines DESC, g.batch_no, g.text, g.has_request_id, g.currency LIMIT $2`;

const UNRESOLVED = {
  name: 'list-unresolved-groups',
  text: groupsOf(
    `marks m JOIN lines l ON l.batch_no = m.batch_no AND l.seq = m.seq
    ${NEWEST_SEND}
    CROSS JOIN (SELECT max(at) AS at FROM trusts WHERE cardinality(operators) > 0) AS recovery
    WHERE m.state = 'unresolved' AND l.state = 'unresolved'
      AND ($1::uuid IS NULL OR m.batch_no = (SELECT batch_no FROM batches WHERE id = $1))`,
    {
      since: 'coalesce(greatest(s.opened_at, recovery.at), l.updated_at)',
      proposed: `(SELECT true FROM decision_lines d JOIN decisions p ON p.id = d.decision_id
        WHERE d.batch_no = l.batch_no AND d.seq = l.seq AND d.attempt_no = l.attempt_no
          AND p.at > clock_timestamp() - make_interval(hours => $3)
          AND NOT EXISTS (SELECT 1 FROM decisions k WHERE k.confirms = p.id) LIMIT 1)`,
      decided: 'false',
    },
  ),
};

const FAILED = {
  name: 'list-failed-groups',
  text: groupsOf(
    `marks m JOIN lines l ON l.batch_no = m.batch_no AND l.seq = m.seq
    ${NEWEST_SEND}
    WHERE m.state = 'failed' AND m.batch_no = (SELECT batch_no FROM batches WHERE id = $1::uuid) AND l.state = 'failed'`,
    {
      since: 'l.updated_at',
      proposed: 'false',
      decided: `(SELECT true FROM resolutions d WHERE d.batch_no = l.batch_no AND d.seq = l.seq
        AND d.attempt_no = l.attempt_no AND d.evidence = 'decision' LIMIT 1)`,
    },
  ),
};

/** Of a batch that was cancelled they count as cancelled. */
const HELD = {
  name: 'list-held-groups',
  text: `SELECT b.id AS batch_id, b.client_reference, g.*, count(*) OVER ()::int AS groups
    FROM (
      SELECT l.batch_no, coalesce(l.reason, '') AS reason, l.currency, count(*)::int AS lines,
        sum(l.amount)::bigint AS amount, min(coalesce(l.not_before, l.updated_at)) AS not_before
      FROM marks m JOIN lines l ON l.batch_no = m.batch_no AND l.seq = m.seq
      WHERE m.state = 'held' AND l.state = 'held'
        AND ($1::uuid IS NULL OR m.batch_no = (SELECT batch_no FROM batches WHERE id = $1))
      GROUP BY 1, 2, 3
    ) g JOIN batches b ON b.batch_no = g.batch_no
    WHERE b.state <> 'cancelled'
    ORDER BY g.lines DESC, g.batch_no, g.reason, g.currency LIMIT $2`,
};
