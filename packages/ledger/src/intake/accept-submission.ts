import { planChunks, type Declaration, type FurtherTerms, type Terms } from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict } from '../conflict.ts';
import { batchSources, run } from '../sql.ts';
import type { Standing } from './declared.ts';
import {
  hasReferences,
  holdSource,
  rejectReferences,
  rejectSameLines,
  takeReferences,
} from './duplicates.ts';

/** A submission that is whole, first, and may be kept by its terms. */
export interface Acceptable {
  readonly standing: Standing;
  readonly declaration: Declaration;
  readonly terms: Terms;
  /** Number of the batch whose rejections it corrects. */
  readonly parentNo: number | undefined;
  /** Lines of a chunk, 1 to CHUNK_LINES_MAX. */
  readonly chunkLines: number;
}

/** Makes it the batch, `checked`, and says how many rows it rejected. Undefined where its terms allow no rejections. */
export async function acceptSubmission(
  client: PoolClient,
  { standing, declaration, terms, parentNo, chunkLines }: Acceptable,
): Promise<number | undefined> {
  const rejected = await settleRows(client, standing, declaration, terms);
  if (rejected === undefined) return undefined;
  const chunks = planChunks(declaration.rows, chunkLines);
  const accepted = await run(client, ACCEPT, [
    standing.batch_id,
    standing.no,
    declaration.contentHash,
    declaration.rows,
    rejected,
    [...batchSources('receiving'), 'receiving'],
    chunks.map((chunk) => chunk.chunk),
    chunks.map((chunk) => chunk.first),
    chunks.map((chunk) => chunk.last),
    ...momentsOf(terms),
    parentNo ?? null,
  ]);
  if (accepted.length === 0) throw new Conflict('the batch can not become checked any more');
  return rejected;
}

function momentsOf({ notBefore, expiresAt, quietHours }: FurtherTerms): unknown[] {
  const moment = (ms: number | undefined) => (ms === undefined ? null : new Date(ms));
  const { from = null, until = null, zone = null } = quietHours ?? {};
  return [moment(notBefore), moment(expiresAt), from, until, zone];
}

/** Rejects duplicates and takes the references of all other lines. How many rows are rejected; undefined where none may be. */
async function settleRows(
  client: PoolClient,
  { no, source }: Standing,
  { rows }: Declaration,
  terms: Terms,
): Promise<number | undefined> {
  const unwanted = (rejected: number) => rejected > 0 && terms.onRejections === 'refuse';
  if (!terms.allowDuplicates && rows > 1) await rejectSameLines(client, no);
  const before = await countRejections(client, no);
  if (!(await hasReferences(client, no))) return unwanted(before) ? undefined : before;
  await holdSource(client, source);
  if (!unwanted(before) && (await takeReferences(client, no, source))) return before;
  await rejectReferences(client, no, source);
  const rejected = await countRejections(client, no);
  if (unwanted(rejected)) return undefined;
  if (!(await takeReferences(client, no, source))) {
    throw new Conflict('references were taken by somebody who did not hold their source');
  }
  return rejected;
}

async function countRejections(client: PoolClient, no: number): Promise<number> {
  const [counts] = await run<{ rejected: number }>(client, COUNT_REJECTIONS, [no]);
  return counts?.rejected ?? 0;
}

const COUNT_REJECTIONS = {
  name: 'count-rejections',
  text: 'SELECT count(*)::int AS rejected FROM rejections WHERE submission_no = $1',
};

/** A batch that was refused or abandoned receives again, and is checked at once. */
const ACCEPT = {
  name: 'accept-batch',
  text: `WITH accepted AS (
      UPDATE batches SET state = 'checked', state_reason = NULL, batch_no = $2, content_hash = $3, rows = $4,
        lines = $4 - $5::int, rejected = $5, state_at = now(), version = version + 1,
        not_before = $10, expires_at = $11, quiet_from = $12::time, quiet_until = $13::time, quiet_zone = $14, corrects = $15
      WHERE id = $1 AND state = ANY($6) RETURNING batch_no
    ), decided AS (
      UPDATE submissions SET state = 'accepted', decided_at = now() WHERE no = $2 AND state = 'receiving'
    ), summed AS (
      INSERT INTO batch_sums (batch_no, currency, lines, amount)
      SELECT batch_no, currency, count(*), sum(amount) FROM lines WHERE batch_no = $2 GROUP BY batch_no, currency
    ), cut AS (
      INSERT INTO chunks (batch_no, chunk, first_seq, last_seq)
      SELECT $2, chunk, first_seq, last_seq FROM unnest($7::int[], $8::int[], $9::int[]) AS c(chunk, first_seq, last_seq)
      WHERE EXISTS (SELECT 1 FROM lines WHERE batch_no = $2 AND seq BETWEEN first_seq AND last_seq)
    )
    SELECT batch_no FROM accepted`,
};
