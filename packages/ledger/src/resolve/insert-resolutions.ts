import type { LineState } from '@salio/domain';
import type { PoolClient } from 'pg';
import { run } from '../sql.ts';

/** What moved a line otherwise than the first answer to a send. */
export type EvidenceKind =
  | 'answer'
  | 'notification'
  | 'enquiry'
  | 'adoption'
  | 'statement'
  | 'decision'
  | 'silence';

export interface Resolution {
  readonly batchNo: number;
  readonly seq: number;
  readonly attemptNo: number;
  readonly from: LineState;
  readonly to: LineState;
  readonly evidence: EvidenceKind;
  /** Number of the notification, enquiry, adoption or decision; undefined where the evidence has none. */
  readonly evidenceId: string | undefined;
  /** The provider's id that the evidence speaks of. */
  readonly requestId: string | undefined;
}

/** Writes down what moved lines, in the transaction that moves them. */
export async function insertResolutions(
  client: PoolClient,
  resolutions: readonly Resolution[],
): Promise<void> {
  if (resolutions.length === 0) return;
  await run(client, INSERT, [
    resolutions.map(({ batchNo }) => batchNo),
    resolutions.map(({ seq }) => seq),
    resolutions.map(({ attemptNo }) => attemptNo),
    resolutions.map(({ from }) => from),
    resolutions.map(({ to }) => to),
    resolutions.map(({ evidence }) => evidence),
    resolutions.map(({ evidenceId }) => evidenceId ?? null),
    resolutions.map(({ requestId }) => requestId ?? null),
  ]);
}

const INSERT = {
  name: 'insert-resolutions',
  text: `INSERT INTO resolutions (batch_no, seq, attempt_no, from_state, to_state, evidence, evidence_id, request_id)
    SELECT * FROM unnest($1::int[], $2::int[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[])`,
};
