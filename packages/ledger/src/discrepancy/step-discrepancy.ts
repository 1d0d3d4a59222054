import {
  discrepancyStateAfter,
  discrepancyStep,
  maySetStep,
  type DiscrepancyState,
  type DiscrepancyStep,
} from '@salio/domain';
import { Conflict, NotFound } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { recordAction, type Ordered } from '../operator.ts';
import { run } from '../sql.ts';

/** What a person does with a discrepancy. */
export interface DiscrepancyOrder extends Ordered {
  /** Its number, as text. */
  readonly id: string;
  readonly step: DiscrepancyStep;
  /** Why; all but taking it needs one. */
  readonly reason?: string;
  /** How many steps it had when the person looked; another number is a Conflict. */
  readonly version?: number;
}

export interface SteppedDiscrepancy {
  readonly id: string;
  readonly state: DiscrepancyState;
  /** Steps that it has now. */
  readonly version: number;
}

const REASON_MAX = 1_000;

/**
 * Takes, explains, closes or reopens a discrepancy. What was found stays as it is: steps are added, none is changed. Of two at once
 * one wins. Throws NotFound, and Conflict where its state does not allow it.
 */
export async function stepDiscrepancy(
  ledger: Ledger,
  order: DiscrepancyOrder,
): Promise<SteppedDiscrepancy> {
  const { id, step, reason = '', version } = order;
  if (step !== 'taken' && reason.trim() === '')
    throw new RangeError('a reason says why: it is written down');
  return inTransaction(ledger, async (client) => {
    const [found] = await run<FoundRow>(client, FIND, [id]);
    if (!found) throw new NotFound(`there is no discrepancy ${id}`);
    const last = found.step === null ? undefined : discrepancyStep(found.step);
    if (version !== undefined && version !== found.steps) {
      throw new Conflict(
        `discrepancy ${id} has changed: ${found.steps} steps, not ${version}`,
        'version',
      );
    }
    if (!maySetStep(last, step)) {
      throw new Conflict(
        `discrepancy ${id} is ${discrepancyStateAfter(last)}: it can't be ${step}`,
      );
    }
    const next = found.steps + 1;
    const values = [id, next, step, order.operator.slice(0, 128)];
    const kept = reason.trim() === '' ? null : reason.slice(0, REASON_MAX);
    const added = await run(client, ADD, [...values, kept]);
    if (added.length === 0) throw new Conflict(`discrepancy ${id} is being changed by another`);
    const state = discrepancyStateAfter(step);
    await recordAction(client, {
      ...order,
      verb: `discrepancy.${step}`,
      subject: `discrepancy ${id}`,
      detail: {
        kind: found.kind,
        before: { state: discrepancyStateAfter(last) },
        after: { state },
      },
    });
    return { id, state, version: next };
  });
}

interface FoundRow {
  kind: string;
  steps: number;
  step: string | null;
}

const FIND = {
  name: 'find-discrepancy',
  text: `SELECT d.kind, coalesce(s.step_no, 0)::int AS steps, s.step FROM discrepancies d
    LEFT JOIN LATERAL (
      SELECT step_no, step FROM discrepancy_steps WHERE discrepancy_id = d.id ORDER BY step_no DESC LIMIT 1
    ) AS s ON true
    WHERE d.id = $1`,
};

const ADD = {
  name: 'add-discrepancy-step',
  text: `INSERT INTO discrepancy_steps (discrepancy_id, step_no, step, operator, reason) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING RETURNING step_no`,
};
