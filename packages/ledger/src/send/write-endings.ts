import type { Ending, LineState, Money } from '@salio/domain';
import type { PoolClient } from 'pg';
import { run } from '../sql.ts';
import type { EndingFact } from './read-endings.ts';
import { storable } from './record-answers.ts';

/** What an ending does to its line. */
export interface EndingEffect {
  readonly from: LineState;
  readonly to: LineState;
  readonly reason: string | null;
  /** Ten-thousandths, as text; null leaves what is known. */
  readonly discount: string | null;
  /** Until the line may be claimed, ms; null for at once. */
  readonly waitMs: number | null;
  /** Where `from` is assumed: the moment that the line has if nobody touched it since it was claimed. */
  readonly claimedAt: string | undefined;
  /** Nothing of the line is open any more, so another equal one may be paid. */
  readonly freesSlot: boolean;
}

/** Something was assumed that is not so. */
export class Contradicted extends Error {
  readonly code = 'CONTRADICTED';
  override readonly name = 'Contradicted';
}

/** Whether writing was refused because a line was touched since it was claimed, or the ledger has its request id. */
export function isContradicted(error: unknown): boolean {
  if (error instanceof Contradicted) return true;
  return (
    error instanceof Error && 'constraint' in error && error.constraint === 'endings_request_id'
  );
}

/**
 * Records endings, moves their lines and frees their slots, in one statement: the names of the lines travel once. Throws what
 * isContradicted knows where a line does not stand as its effect says, or a request id is not new.
 */
export async function writeEndings(
  client: PoolClient,
  facts: readonly EndingFact[],
  effects: ReadonlyMap<EndingFact, EndingEffect>,
): Promise<void> {
  if (facts.length === 0) return;
  // Lines are locked by the update, in the order that all verbs lock them in.
  const ordered = facts.toSorted(
    ({ line: a }, { line: b }) => a.batchNo - b.batchNo || a.seq - b.seq,
  );
  const [written] = await run<{ endings: number; moved: number }>(client, WRITE, [
    ...names(ordered),
    ...endings(ordered),
    ...moves(ordered.map((fact) => effects.get(fact))),
    ordered.map(({ adopted }) => adopted),
  ]);
  if (written?.endings !== facts.length) throw new Contradicted('a request id was adopted already');
  if (written.moved !== effects.size) throw new Contradicted('a line was touched meanwhile');
}

function names(facts: readonly EndingFact[]): unknown[] {
  return [
    facts.map((fact) => fact.line.batchNo),
    facts.map((fact) => fact.line.seq),
    facts.map((fact) => fact.line.attemptNo),
    facts.map((fact) => fact.sendNo),
  ];
}

function endings(facts: readonly EndingFact[]): unknown[] {
  const money = (pick: (ending: Ending) => Money | undefined) =>
    facts.map((fact) => pick(fact.ending));
  const amounts = money((ending) => (ending.kind === 'accepted' ? ending.amount : undefined));
  const discounts = money((ending) => (ending.kind === 'accepted' ? ending.discount : undefined));
  const text = (value: string) => (value === '' ? null : storable(value.slice(0, 1000)));
  return [
    facts.map(({ ending }) => ending.kind),
    facts.map(({ ending }) => (ending.kind === 'refused' ? ending.scope : null)),
    facts.map(({ ending }) => (ending.kind === 'accepted' ? null : text(ending.reason))),
    facts.map(({ ending }) => (ending.kind === 'accepted' ? ending.requestId : null)),
    facts.map((fact) => text(fact.status)),
    facts.map((fact) => text(fact.errorText)),
    amounts.map((amount) => (amount ? String(amount.units) : null)),
    amounts.map((amount) => amount?.currency ?? null),
    discounts.map((discount) => (discount ? String(discount.units) : null)),
    discounts.map((discount) => discount?.currency ?? null),
  ];
}

function moves(effects: readonly (EndingEffect | undefined)[]): unknown[] {
  return [
    effects.map((effect) => effect?.from ?? null),
    effects.map((effect) => effect?.to ?? null),
    effects.map((effect) => effect?.reason ?? null),
    effects.map((effect) => effect?.discount ?? null),
    effects.map((effect) => (effect?.waitMs == null ? null : effect.waitMs / 1000)),
    effects.map((effect) => effect?.freesSlot ?? false),
    effects.map((effect) => effect?.claimedAt ?? null),
  ];
}

const WRITE = {
  name: 'write-endings',
  text: `WITH given AS MATERIALIZED (
      SELECT * FROM unnest($1::int[], $2::int[], $3::smallint[], $4::smallint[], $5::text[], $6::text[], $7::text[],
          $8::text[], $9::text[], $10::text[], $11::bigint[], $12::text[], $13::bigint[], $14::text[],
          $15::text[], $16::text[], $17::text[], $18::bigint[], $19::float8[], $20::boolean[], $21::timestamptz[], $22::boolean[])
        AS g(batch_no, seq, attempt_no, send_no, kind, scope, reason, request_id, status, error_text,
          amount, amount_currency, discount, discount_currency,
          from_state, to_state, line_reason, line_discount, wait, frees, claimed_at, adopted)
    ), recorded AS (
      INSERT INTO endings (batch_no, seq, attempt_no, send_no, kind, scope, reason, request_id, status, error_text,
        amount, amount_currency, discount, discount_currency)
      SELECT batch_no, seq, attempt_no, send_no, kind, scope, reason, request_id, status, error_text,
        amount, amount_currency, discount, discount_currency
      FROM given WHERE adopted OR request_id IS NULL
        OR NOT EXISTS (SELECT 1 FROM adoptions WHERE adoptions.request_id = given.request_id)
      RETURNING 1
    ), moved AS (
      UPDATE lines l SET state = g.to_state, reason = g.line_reason, discount = coalesce(g.line_discount, l.discount),
        not_before = clock_timestamp() + make_interval(secs => g.wait), replay_by = NULL, updated_at = clock_timestamp()
      FROM given g
      WHERE l.batch_no = g.batch_no AND l.seq = g.seq AND l.state = g.from_state AND l.attempt_no = g.attempt_no
        AND (g.claimed_at IS NULL OR l.updated_at = g.claimed_at)
      RETURNING 1
    ), freed AS (
      DELETE FROM slots s USING given g WHERE g.frees AND s.batch_no = g.batch_no AND s.seq = g.seq
    )
    SELECT (SELECT count(*) FROM recorded)::int AS endings, (SELECT count(*) FROM moved)::int AS moved`,
};
