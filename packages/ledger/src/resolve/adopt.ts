import { createHash } from 'node:crypto';
import { planAdoption, type AdoptionPair, type AdoptionPlan } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { TRUSTED } from '../recover/read-trust.ts';
import { run } from '../sql.ts';
import type { AdoptionProposal, AdoptionTerms } from './find-adoptions.ts';
import { moveByNews } from './move-by-news.ts';
import { readAdoptionGroups } from './read-adoption-groups.ts';
import type { RecordedEnquiry } from './record-enquiries.ts';

/** What the provider answered for a request id whose line isn't known. */
export type IdEnquiry = Omit<RecordedEnquiry, 'batchNo' | 'seq'>;

/** A proposal, and what the provider answered for its ids. */
export interface AskedProposal extends AdoptionProposal {
  readonly enquiries: readonly IdEnquiry[];
}

/**
 * Request ids that lines have now; and those that none has: the provider did not confirm, or what is known has changed
 * meanwhile. A type, not an interface, so that it counts as a record of counts.
 */
export type Adopted = { readonly adopted: number; readonly passed: number };

/**
 * Gives the ids of these proposals to lines, each proposal in a transaction of its own, where what was found still holds with
 * the lines locked, and the provider said the verdict of every id. What it answered is recorded in any case.
 */
export async function adopt(
  ledger: Ledger,
  asked: readonly AskedProposal[],
  terms: AdoptionTerms,
): Promise<Adopted> {
  let adopted = 0;
  let passed = 0;
  for (const proposal of asked) {
    const pairs = await inTransaction(ledger, (client) => decide(client, proposal, terms), 'byKey');
    adopted += pairs.length;
    passed += proposal.requestIds.length - pairs.length;
  }
  return { adopted, passed };
}

async function decide(
  client: PoolClient,
  proposal: AskedProposal,
  terms: AdoptionTerms,
): Promise<readonly AdoptionPair[]> {
  const { wish } = proposal;
  const [at] = await run<{ trusted: boolean; now_ms: number }>(client, READ_NOW, []);
  // All that may still be recorded of a candidate waits for these locks, and what was recorded is read after them.
  await run(client, HOLD_CANDIDATES, [wish.msisdn, wish.currency, wish.amount]);
  const [group] = await readAdoptionGroups(client, [wish]);
  const plan: AdoptionPlan | undefined =
    at?.trusted && group && group.ids.length > 0
      ? planAdoption(group, { ...terms, nowMs: at.now_ms })
      : undefined;
  const pairs = plan?.kind === 'adopt' && isConfirmed(plan, proposal) ? plan.pairs : [];
  const lineOf = new Map(pairs.map(({ requestId, line }) => [requestId, line]));
  const enquiryIds = await insertEnquiries(client, proposal.enquiries, lineOf);
  if (pairs.length > 0) await give(client, pairs, enquiryIds);
  return pairs;
}

/** The same ids, and for each the same word. */
function isConfirmed(
  { verdict, pairs }: AdoptionPlan & { kind: 'adopt' },
  proposal: AskedProposal,
): boolean {
  const said = new Map(proposal.enquiries.map(({ requestId, status }) => [requestId, status]));
  return (
    verdict === proposal.verdict && pairs.every(({ requestId }) => said.get(requestId) === verdict)
  );
}

type Line = AdoptionPair['line'];

/** Returns the number of each enquiry by its request id. */
async function insertEnquiries(
  client: PoolClient,
  enquiries: readonly IdEnquiry[],
  lineOf: ReadonlyMap<string, Line>,
): Promise<ReadonlyMap<string, string>> {
  if (enquiries.length === 0) return new Map();
  const lines = enquiries.map(({ requestId }) => lineOf.get(requestId));
  const rows = await run<{ id: string; request_id: string }>(client, INSERT_ENQUIRIES, [
    lines.map((line) => line?.batchNo ?? null),
    lines.map((line) => line?.seq ?? null),
    enquiries.map(({ requestId }) => requestId),
    enquiries.map(({ status }) => status),
    enquiries.map(({ httpStatus }) => httpStatus ?? null),
    enquiries.map(({ reason }) => (reason === '' ? null : reason.slice(0, 500))),
    enquiries.map(({ body }) => createHash('sha256').update(body).digest()),
  ]);
  return new Map(rows.map((row) => [row.request_id, row.id]));
}

/** The adoptions, what follows from them, and the news is no longer waiting. */
async function give(
  client: PoolClient,
  pairs: readonly AdoptionPair[],
  enquiryIds: ReadonlyMap<string, string>,
): Promise<void> {
  const ids = pairs.map(({ requestId }) => requestId);
  // Before the words are read by which the lines move: what comes after stays in the inbox, and is applied by itself.
  const news = await run<{ id: string }>(client, READ_NEWS, [ids]);
  const adoptions = await run<{ id: string; request_id: string }>(client, INSERT_ADOPTIONS, [
    ids,
    pairs.map(({ line }) => line.batchNo),
    pairs.map(({ line }) => line.seq),
    pairs.map(({ line }) => line.attemptNo),
    ids.map((id) => enquiryIds.get(id) ?? null),
  ]);
  const adoptionOf = new Map(adoptions.map((row) => [row.request_id, row.id]));
  await moveByNews(
    client,
    pairs.map(({ requestId, line }) => ({
      batchNo: line.batchNo,
      seq: line.seq,
      evidence: 'adoption',
      evidenceId: adoptionOf.get(requestId),
      requestId,
    })),
  );
  await run(client, TAKE_OUT, [news.map(({ id }) => id)]);
}

const READ_NOW = {
  name: 'read-now-to-adopt',
  text: `SELECT ${TRUSTED} AS trusted, extract(epoch FROM clock_timestamp())::float8 * 1000 AS now_ms`,
};

const HOLD_CANDIDATES = {
  name: 'hold-adoption-candidates',
  text: `SELECT 1 FROM recipients r
    JOIN lines l ON l.batch_no = r.batch_no AND l.seq = r.seq
    WHERE r.msisdn = $1 AND l.currency = $2 AND l.amount = $3 AND l.state IN ('unresolved', 'sending')
    ORDER BY l.batch_no, l.seq FOR UPDATE OF l`,
};

const INSERT_ENQUIRIES = {
  name: 'insert-enquiries-of-ids',
  text: `INSERT INTO enquiries (batch_no, seq, request_id, status, http_status, reason, body_sha256, operator)
    SELECT *, 'salio' FROM unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::bytea[])
    RETURNING id, request_id`,
};

const INSERT_ADOPTIONS = {
  name: 'insert-adoptions',
  text: `INSERT INTO adoptions (request_id, batch_no, seq, attempt_no, enquiry_id)
    SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::smallint[], $5::bigint[]) RETURNING id, request_id`,
};

const READ_NEWS = {
  name: 'read-news-of-adopted',
  text: 'SELECT notification_id AS id FROM inbox WHERE request_id = ANY($1)',
};

/** Locked in the order in which those who apply news lock them. */
const TAKE_OUT = {
  name: 'take-adopted-out-of-inbox',
  text: `WITH held AS (
      SELECT notification_id FROM inbox WHERE notification_id = ANY($1::bigint[]) ORDER BY notification_id FOR UPDATE
    )
    DELETE FROM inbox USING held WHERE inbox.notification_id = held.notification_id`,
};
