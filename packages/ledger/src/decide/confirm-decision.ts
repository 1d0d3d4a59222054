import {
  formatMoney,
  type BatchId,
  type DecisionTerms,
  type LineState,
  type Verdict,
} from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict, NotFound } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { checkSecondPerson, PROPOSAL_HOURS_MAX, recordAction, type Ordered } from '../operator.ts';
import { insertResolutions, type Resolution } from '../resolve/insert-resolutions.ts';
import { freeSlots } from '../send/free-slots.ts';
import { lineSources, run } from '../sql.ts';
import { adoptDecided, type GivenId } from './adopt-decided.ts';
import type { ChosenLine } from './find-lines.ts';
import type { JudgedLine } from './judge-lines.ts';
import { sumsAsText } from './propose-decision.ts';
import { readProposal, type DecisionProposal, type KnownProposal } from './read-proposals.ts';
import { listDecisionRefusals, weighLines, type Weighed } from './weigh-lines.ts';

export interface ConfirmationOrder extends Ordered {
  readonly decisionId: string;
  readonly reason: string;
  readonly terms: DecisionTerms;
}

/** What a confirmation does, or would do, to the lines that were proposed. */
export interface ConfirmedDecision extends Weighed {
  readonly proposal: DecisionProposal;
  /** Request ids that no line had, and that paid lines have now. */
  readonly adopted: number;
}

/** Held while confirming: two people who confirm at once are one decision and one Conflict. */
const DECIDE_LOCK = 7_254_016_005;
/** Lines moved in one statement: a few MB, and a second of work. */
const LINES_AT_ONCE = 10_000;
const NOTHING_GIVEN: ReadonlyMap<JudgedLine, GivenId> = new Map();
const STATE_OF: Readonly<Record<Verdict, LineState>> = { paid: 'succeeded', unpaid: 'failed' };

/** What confirming a proposal would do now; changes and locks nothing. Throws NotFound or Conflict. */
export async function previewConfirmation(
  ledger: Ledger,
  order: Omit<ConfirmationOrder, 'reason'>,
): Promise<Omit<ConfirmedDecision, 'adopted'>> {
  return inTransaction(
    ledger,
    async (client) => {
      const proposal = await findProposal(client, order);
      const lines = readChosen(client, order.decisionId);
      const { verdict } = proposal;
      const weighed = await weighLines(client, lines, { verdict, ...order, hold: false });
      return { ...weighed, proposal };
    },
    'byKey',
  );
}

/**
 * Carries out what another person proposed: each line is judged again with its lock held, and moved where nothing speaks
 * against it; the others are passed over, and counted by reason. A paid line takes the one unknown request id that the
 * provider called a success of its phone and amount. All of it happens or nothing. Throws NotFound, and Conflict where it is
 * the same person's, confirmed already, too old, or no line of it can be moved.
 */
export async function confirmDecision(
  ledger: Ledger,
  order: ConfirmationOrder,
): Promise<ConfirmedDecision> {
  if (order.reason.trim() === '') throw new Conflict('a decision needs a reason');
  return inTransaction(
    ledger,
    async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [DECIDE_LOCK]);
      const proposal = await findProposal(client, order);
      const { decisionId, verdict } = proposal;
      let adopted = 0;
      const weighed = await weighLines(
        client,
        readChosen(client, decisionId),
        { verdict, terms: order.terms, hold: true },
        async (page) => {
          const given =
            verdict === 'paid' ? await adoptDecided(client, decisionId, page) : NOTHING_GIVEN;
          adopted += given.size;
          await moveLines(client, proposal, page, given);
        },
      );
      if (weighed.lines === 0) {
        throw new Conflict(
          `no line of decision ${decisionId} can be moved: ${listDecisionRefusals(weighed.refused)}`,
        );
      }
      await insertConfirmation(client, order, { ...weighed, proposal, adopted });
      return { ...weighed, proposal, adopted };
    },
    'byKey',
  );
}

async function findProposal(
  client: PoolClient,
  order: Pick<ConfirmationOrder, 'decisionId' | keyof Ordered>,
): Promise<KnownProposal> {
  const { decisionId } = order;
  const proposal = await readProposal(client, decisionId);
  if (!proposal) throw new NotFound(`there is no proposed decision ${decisionId}`);
  const { confirmedBy, expired } = proposal;
  if (confirmedBy !== undefined) {
    throw new Conflict(`decision ${decisionId} was confirmed by ${confirmedBy}`);
  }
  if (expired) {
    throw new Conflict(
      `decision ${decisionId} was proposed more than ${PROPOSAL_HOURS_MAX} hours ago: propose it anew`,
    );
  }
  checkSecondPerson(order, proposal.operator, `has proposed decision ${decisionId}`);
  return proposal;
}

/** The lines of a proposal in order, a page at a time. */
async function* readChosen(client: PoolClient, decisionId: string): AsyncGenerator<ChosenLine[]> {
  for (let after: readonly [number, number] = [0, 0]; ;) {
    const page = await run<ChosenLine>(client, READ_CHOSEN, [decisionId, ...after, LINES_AT_ONCE]);
    const last = page.at(-1);
    if (!last) return;
    after = [last.batchNo, last.seq];
    yield page;
  }
}

async function moveLines(
  client: PoolClient,
  { decisionId, verdict }: DecisionProposal,
  lines: readonly JudgedLine[],
  given: ReadonlyMap<JudgedLine, GivenId>,
): Promise<void> {
  const to = STATE_OF[verdict];
  const moved = await run(client, MOVE_LINES, [
    lines.map(({ batchNo }) => batchNo),
    lines.map(({ seq }) => seq),
    lines.map(({ attemptNo }) => attemptNo),
    lineSources(to).filter((state) => state === 'unresolved'),
    to,
    `two people decided that it was ${verdict}: decision ${decisionId}`,
    lines.map((line) => given.get(line)?.discount ?? null),
  ]);
  // They are locked: another count is a mistake of ours, and undoes everything.
  if (moved.length !== lines.length) throw new Error('a line that is held has changed');
  await freeSlots(client, lines);
  await insertResolutions(
    client,
    lines.map((line): Resolution => {
      const { batchNo, seq, attemptNo } = line;
      const evidence = { evidence: 'decision', evidenceId: decisionId } as const;
      return {
        batchNo,
        seq,
        attemptNo,
        from: 'unresolved',
        to,
        ...evidence,
        requestId: given.get(line)?.requestId,
      };
    }),
  );
}

async function insertConfirmation(
  client: PoolClient,
  { operator, access, reason }: ConfirmationOrder,
  done: ConfirmedDecision,
): Promise<void> {
  const { proposal, lines, sums, refused, adopted } = done;
  const { decisionId, verdict, selection } = proposal;
  await run(client, INSERT_CONFIRMATION, [
    operator.slice(0, 128),
    verdict,
    reason.slice(0, 1000),
    decisionId,
    JSON.stringify({ passedOver: refused, adopted }),
    lines,
    JSON.stringify(sumsAsText(sums)),
  ]);
  const { batchId } = selection;
  await recordAction(client, {
    operator,
    ...(access && { access }),
    verb: 'lines.decide',
    subject: `decision ${decisionId}`,
    // safe because a proposal was written down with the id of a batch that there is
    ...(typeof batchId === 'string' ? { batchId: batchId as BatchId } : {}),
    reason,
    detail: {
      verdict,
      operators: [proposal.operator, operator],
      lines,
      sums: sums.map(formatMoney),
      refused,
      adopted,
    },
  });
}

const READ_CHOSEN = {
  name: 'read-chosen-lines',
  text: `SELECT batch_no AS "batchNo", seq, attempt_no AS "attemptNo" FROM decision_lines
    WHERE decision_id = $1 AND (batch_no, seq) > ($2, $3) ORDER BY batch_no, seq LIMIT $4`,
};

/** A replay that was planned is off. */
const MOVE_LINES = {
  name: 'move-decided-lines',
  text: `UPDATE lines l SET state = $5, reason = $6, discount = coalesce(u.discount, l.discount), not_before = NULL, replay_by = NULL,
      updated_at = clock_timestamp()
    FROM unnest($1::int[], $2::int[], $3::smallint[], $7::bigint[]) AS u(batch_no, seq, attempt_no, discount)
    WHERE l.batch_no = u.batch_no AND l.seq = u.seq AND l.attempt_no = u.attempt_no AND l.state = ANY($4)
    RETURNING l.seq`,
};

const INSERT_CONFIRMATION = {
  name: 'insert-decision-confirmation',
  text: `INSERT INTO decisions (operator, verdict, reason, confirms, selection, lines, sums)
    VALUES ($1, $2, $3, $4, $5, $6, $7)`,
};
