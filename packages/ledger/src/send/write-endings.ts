import type { Ending, Money } from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict } from '../conflict.ts';
import { run } from '../sql.ts';
import { storable } from '../storable.ts';
import type { EndingEffect } from './ending-effect.ts';
import type { EndingFact } from './read-endings.ts';

/**
 * Records endings, moves their lines and frees their slots, in one statement: the names of the lines travel once. The caller
 * holds the lines. Throws Conflict where one does not stand as its effect says, or a request id was adopted meanwhile.
 */
export async function writeEndings(
  client: PoolClient,
  facts: readonly EndingFact[],
  effects: ReadonlyMap<EndingFact, EndingEffect>,
): Promise<void> {
  if (facts.length === 0) return;
  const [written] = await run<{ endings: number; moved: number }>(client, WRITE, [
    ...endingValues(facts),
    facts.map(({ sendNo }) => sendNo),
    ...moves(facts.map((fact) => effects.get(fact))),
    facts.map(({ adopted }) => adopted),
  ]);
  if (written?.endings !== facts.length) throw new Conflict('a request id was adopted meanwhile');
  if (written.moved !== effects.size) throw new Conflict('a line was touched meanwhile');
}

/** What is stored of an ending. */
export const ENDING_COLUMNS = `batch_no, seq, attempt_no, kind, scope, reason, request_id, status, error_text, amount,
  amount_currency, discount, discount_currency`;

/** The types of these, as arrays, from $`first` on. */
export function endingTypes(first: number): string {
  return ENDING_TYPES.map((type, index) => `$${first + index}::${type}[]`).join(', ');
}

const ENDING_TYPES = [
  'int',
  'int',
  'smallint',
  'text',
  'text',
  'text',
  'text',
  'text',
  'text',
  'bigint',
  'text',
  'bigint',
  'text',
];

/** Values of ENDING_COLUMNS, in their order. */
export function endingValues(facts: readonly EndingFact[]): unknown[] {
  return [...names(facts), ...endings(facts)];
}

function names(facts: readonly EndingFact[]): unknown[] {
  return [
    facts.map((fact) => fact.line.batchNo),
    facts.map((fact) => fact.line.seq),
    facts.map((fact) => fact.line.attemptNo),
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
  ];
}

const WRITE = {
  name: 'write-endings',
  text: `WITH given AS MATERIALIZED (
      SELECT * FROM unnest(${endingTypes(1)}, $14::smallint[],
          $15::text[], $16::text[], $17::text[], $18::bigint[], $19::float8[], $20::boolean[], $21::boolean[])
        AS g(${ENDING_COLUMNS}, send_no, from_state, to_state, line_reason, line_discount, wait, frees, adopted)
    ), recorded AS (
      INSERT INTO endings (${ENDING_COLUMNS}, send_no)
      SELECT ${ENDING_COLUMNS}, send_no
      FROM given WHERE adopted OR request_id IS NULL
        OR NOT EXISTS (SELECT 1 FROM adoptions WHERE adoptions.request_id = given.request_id)
      RETURNING 1
    ), moved AS (
      UPDATE lines l SET state = g.to_state, reason = g.line_reason, discount = coalesce(g.line_discount, l.discount),
        not_before = clock_timestamp() + make_interval(secs => g.wait), replay_by = NULL, updated_at = clock_timestamp()
      FROM given g
      WHERE l.batch_no = g.batch_no AND l.seq = g.seq AND l.state = g.from_state AND l.attempt_no = g.attempt_no
      RETURNING 1
    ), freed AS (
      DELETE FROM slots s USING given g WHERE g.frees AND s.batch_no = g.batch_no AND s.seq = g.seq
    )
    SELECT (SELECT count(*) FROM recorded)::int AS endings, (SELECT count(*) FROM moved)::int AS moved`,
};
