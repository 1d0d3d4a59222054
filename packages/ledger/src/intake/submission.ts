import type { BatchId } from '@salio/domain';
import { Conflict } from '../conflict.ts';
import { batchSources, run, type Queryable } from '../sql.ts';

/** Which submission of which batch a page or closing belongs to. Signatures were verified by the caller. */
export interface SubmissionHead {
  readonly batchId: BatchId;
  readonly source: string;
  readonly clientReference: string;
  /** UUID that the submitter made for this call. */
  readonly submission: string;
}

export interface SubmissionRow {
  readonly no: number;
  readonly state: 'receiving' | 'accepted' | 'same' | 'conflict' | 'refused';
  /** Whether another submission became the batch already: then only hashes matter. */
  readonly batchTaken: boolean;
  /** Whether its closing came: then its last page makes it whole. */
  readonly declared: boolean;
  /** Of the page that was asked for; null where it is not there. */
  readonly pageHash: string | null;
}

/**
 * Finds or makes batch and submission, and holds the submission against being decided until the transaction ends.
 * A batch that was refused or abandoned receives again. Looks for a page of it as well, where one is named.
 */
export async function enterSubmission(
  on: Queryable,
  head: SubmissionHead,
  hold: 'share' | 'update' = 'share',
  page: number | null = null,
): Promise<SubmissionRow> {
  const statement = hold === 'share' ? HOLD : HOLD_ALONE;
  let [row] = await run<HeldRow>(on, statement, [head.submission, page]);
  if (!row) {
    const { batchId, source, clientReference, submission } = head;
    await run(on, ENTER, [batchId, source, clientReference, submission]);
    [row] = await run<HeldRow>(on, statement, [head.submission, page]);
  }
  if (!row || row.batch_id !== head.batchId) {
    throw new Conflict(`submission ${head.submission} belongs to another batch`);
  }
  const revived = batchSources('receiving');
  if (row.state === 'receiving' && revived.some((state) => state === row.batch_state)) {
    await run(on, REVIVE, [head.batchId, revived]);
  }
  return row;
}

interface HeldRow extends SubmissionRow {
  batch_id: string;
  batch_state: string;
}

const ENTER = {
  name: 'enter-submission',
  text: `WITH batch AS (
      INSERT INTO batches (id, source, client_reference, state) VALUES ($1, $2, $3, 'receiving') ON CONFLICT (id) DO NOTHING
    )
    INSERT INTO submissions (id, batch_id) VALUES ($4, $1) ON CONFLICT (id) DO NOTHING`,
};

const FIND = `SELECT s.no, s.state, s.batch_id, b.state AS batch_state, b.batch_no IS NOT NULL AS "batchTaken",
    s.declared_pages IS NOT NULL AS declared,
    (SELECT p.hash FROM pages p WHERE p.submission_no = s.no AND p.page = $2::int) AS "pageHash"
  FROM submissions s JOIN batches b ON b.id = s.batch_id WHERE s.id = $1`;
const HOLD = { name: 'hold-submission', text: `${FIND} FOR SHARE OF s` };
const HOLD_ALONE = { name: 'hold-submission-alone', text: `${FIND} FOR UPDATE OF s` };

const REVIVE = {
  name: 'revive-batch',
  text: `UPDATE batches SET state = 'receiving', state_reason = NULL, state_at = now(), version = version + 1
    WHERE id = $1 AND state = ANY($2)`,
};
