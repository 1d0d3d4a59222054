import { furtherTerms, type Declaration, type Money, type Terms } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import { enterSubmission, type SubmissionHead } from './submission.ts';

export interface Closing extends SubmissionHead {
  readonly declaration: Declaration;
  readonly terms: Terms;
}

/** `closed`: the declaration stands, now or since before. `differs`: another one stands. */
export type Closed = 'closed' | 'differs';

/** Writes down what the submitter declares of the whole. The first declaration of a submission stands. */
export async function closeSubmission(ledger: Ledger, closing: Closing): Promise<Closed> {
  return inTransaction(ledger, (client) => closeWithin(client, closing));
}

/** As closeSubmission, in the transaction of the caller. */
export async function closeWithin(client: PoolClient, closing: Closing): Promise<Closed> {
  const { declaration, terms } = closing;
  const sums = sumsRecord(declaration.controlSums);
  const further = Object.fromEntries(furtherTerms(terms));
  const submission = await enterSubmission(client, closing, 'update');
  const [row] = await run<{ equal: boolean }>(client, DECLARE, [
    submission.no,
    declaration.pages,
    declaration.rows,
    declaration.contentHash,
    JSON.stringify(sums),
    terms.onRejections,
    terms.allowDuplicates,
    JSON.stringify(further),
  ]);
  return row?.equal ? 'closed' : 'differs';
}

function sumsRecord(sums: readonly Money[]): Record<string, string> {
  return Object.fromEntries(sums.map(({ currency, units }) => [currency, String(units)]));
}

const DECLARE = {
  name: 'declare-submission',
  text: `WITH declared AS (
      UPDATE submissions SET declared_pages = $2, declared_rows = $3, declared_content_hash = $4, declared_sums = $5,
        on_rejections = $6, allow_duplicates = $7, further_terms = nullif($8::jsonb, '{}')
      WHERE no = $1 AND state = 'receiving' AND declared_pages IS NULL
      RETURNING true AS equal
    )
    SELECT equal FROM declared
    UNION ALL
    SELECT (declared_pages, declared_rows, declared_content_hash, declared_sums, on_rejections, allow_duplicates,
        coalesce(further_terms, '{}')) = ($2, $3, $4, $5::jsonb, $6, $7, $8::jsonb) FROM submissions
    WHERE no = $1 AND NOT EXISTS (SELECT 1 FROM declared)`,
};
