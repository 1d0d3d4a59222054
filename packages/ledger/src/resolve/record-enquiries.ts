import { createHash } from 'node:crypto';
import { isFinalWord } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import type { LineName } from './line-facts.ts';
import { lookSoon } from './look-soon.ts';
import { holdLines, moveByNews, type ToldLine } from './move-by-news.ts';

/** What the provider answered when it was asked for one of its request ids. */
export interface RecordedEnquiry {
  /** The line whose id it is; undefined, with `seq`, where no line is known to have it. */
  readonly batchNo: number | undefined;
  readonly seq: number | undefined;
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
 * Writes down what the provider answered, and moves the lines that it has a final word of. Answers for a request id that the
 * line doesn't have are passed over. Returns how many were recorded.
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
      const lines = enquiries.flatMap(toLine);
      await holdLines(client, lines);
      const recorded = await insertEnquiries(client, enquiries, operator);
      await moveByNews(client, recorded.flatMap(toTold));
      // They have been asked for: their chunks' next moment is another one.
      await lookSoon(client, lines);
      return recorded.length;
    },
    'byKey',
  );
}

/** Returns the facts that were inserted. */
async function insertEnquiries(
  client: PoolClient,
  enquiries: readonly RecordedEnquiry[],
  operator: string,
): Promise<InsertedEnquiry[]> {
  return run<InsertedEnquiry>(client, INSERT_ENQUIRIES, [
    enquiries.map(({ batchNo }) => batchNo ?? null),
    enquiries.map(({ seq }) => seq ?? null),
    enquiries.map(({ requestId }) => requestId),
    enquiries.map(({ status }) => status),
    enquiries.map(({ httpStatus }) => httpStatus ?? null),
    enquiries.map(({ reason }) => (reason === '' ? null : reason.slice(0, 500))),
    enquiries.map(({ body }) => createHash('sha256').update(body).digest()),
    operator.slice(0, 128),
  ]);
}

/** An enquiry with its number. */
interface InsertedEnquiry {
  readonly id: string;
  readonly batchNo: number | null;
  readonly seq: number | null;
  readonly requestId: string;
  readonly status: string;
}

function toLine({ batchNo, seq }: RecordedEnquiry): LineName[] {
  return batchNo === undefined || seq === undefined ? [] : [{ batchNo, seq }];
}

function toTold({ id, batchNo, seq, requestId, status }: InsertedEnquiry): ToldLine[] {
  if (batchNo === null || seq === null || !isFinalWord(status)) return [];
  return [{ batchNo, seq, evidence: 'enquiry', evidenceId: id, requestId }];
}

const INSERT_ENQUIRIES = {
  name: 'insert-enquiries',
  text: `INSERT INTO enquiries (batch_no, seq, request_id, status, http_status, reason, body_sha256, operator)
    SELECT u.batch_no, u.seq, u.request_id, u.status, u.http_status, u.reason, u.body_sha256, $8
    FROM unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::bytea[])
      AS u(batch_no, seq, request_id, status, http_status, reason, body_sha256)
    WHERE u.batch_no IS NULL
      OR EXISTS (SELECT 1 FROM endings e
        WHERE e.request_id = u.request_id AND e.batch_no = u.batch_no AND e.seq = u.seq)
      OR EXISTS (SELECT 1 FROM adoptions d
        WHERE d.request_id = u.request_id AND d.batch_no = u.batch_no AND d.seq = u.seq)
    RETURNING id, batch_no AS "batchNo", seq, request_id AS "requestId", status`,
};
