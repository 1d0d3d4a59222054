import { createHash } from 'node:crypto';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** What the provider answered when it was asked for one of its request ids. */
export interface RecordedEnquiry {
  readonly batchNo: number;
  readonly seq: number;
  readonly requestId: string;
  /** The provider's word, or unknown for everything that is not one. */
  readonly status: 'Queued' | 'Sent' | 'Success' | 'Failed' | 'unknown';
  /** Undefined where no whole response came. */
  readonly httpStatus: number | undefined;
  /** Verbatim; empty where none came. Its hash is kept. */
  readonly body: string;
  /** Why it is unknown; empty otherwise. */
  readonly reason: string;
}

/**
 * Writes down what the provider answered; nothing is decided by it here. Answers for a request id that the line doesn't have are
 * passed over. Returns how many were recorded.
 */
export async function recordEnquiries(
  ledger: Ledger,
  enquiries: readonly RecordedEnquiry[],
  operator: string,
): Promise<number> {
  if (enquiries.length === 0) return 0;
  return inTransaction(
    ledger,
    async (client) => {
      const names = [enquiries.map(({ batchNo }) => batchNo), enquiries.map(({ seq }) => seq)];
      await run(client, HOLD_LINES, names);
      const rows = await run(client, INSERT_ENQUIRIES, [
        ...names,
        enquiries.map(({ requestId }) => requestId),
        enquiries.map(({ status }) => status),
        enquiries.map(({ httpStatus }) => httpStatus ?? null),
        enquiries.map(({ reason }) => (reason === '' ? null : reason.slice(0, 500))),
        enquiries.map(({ body }) => createHash('sha256').update(body).digest()),
        operator.slice(0, 128),
      ]);
      return rows.length;
    },
    'byKey',
  );
}

/** A retry judges lines by their enquiries: none comes while it holds a line. */
const HOLD_LINES = {
  name: 'hold-enquired-lines',
  text: `SELECT 1 FROM lines l
    JOIN unnest($1::int[], $2::int[]) AS u(batch_no, seq) ON l.batch_no = u.batch_no AND l.seq = u.seq
    ORDER BY l.batch_no, l.seq FOR UPDATE OF l`,
};

const INSERT_ENQUIRIES = {
  name: 'insert-enquiries',
  text: `INSERT INTO enquiries (batch_no, seq, request_id, status, http_status, reason, body_sha256, operator)
    SELECT u.batch_no, u.seq, u.request_id, u.status, u.http_status, u.reason, u.body_sha256, $8
    FROM unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::bytea[])
      AS u(batch_no, seq, request_id, status, http_status, reason, body_sha256)
    JOIN endings e ON e.request_id = u.request_id AND e.batch_no = u.batch_no AND e.seq = u.seq
    RETURNING id`,
};
