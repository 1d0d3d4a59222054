import { formatMoney, mismatches, PAGE_ROWS, type Declaration, type Terms } from '@salio/domain';
import type { PoolClient } from 'pg';
import {
  releaseByPolicy,
  type CheckedBatch,
  type ReleasePolicy,
} from '../batch/release-by-policy.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { NotFound } from '../conflict.ts';
import { recordAction, type Ordered } from '../operator.ts';
import { batchSources, run } from '../sql.ts';
import { acceptSubmission } from './accept-submission.ts';
import { declared, found, missingPages, type PageRow, type Standing } from './declared.ts';
import { readVerdict, type Verdict } from './verdict.ts';
import { weighTerms } from './weigh-terms.ts';

export interface CheckOptions {
  /** Lines of a chunk, 1 to CHUNK_LINES_MAX. */
  readonly chunkLines: number;
  /** What is released at once, without a person; absent: nothing. */
  readonly policy?: ReleasePolicy | undefined;
  /** The person who submits it: written down as its maker with the verdict. Absent: a system does, through the queue. */
  readonly submitter?: Ordered | undefined;
}

/**
 * Decides a submission if all of it has arrived, and says how it stands. Whole and first: it becomes the batch, `checked`,
 * cut into chunks, and released where policy says so. Nothing of a batch can be paid before this. Any number may call it at
 * once; one decides.
 */
export async function checkSubmission(
  ledger: Ledger,
  submission: string,
  options: CheckOptions,
): Promise<Verdict> {
  return inTransaction(ledger, (client) => checkWithin(client, submission, options), 'wholeBatch');
}

/** As checkSubmission, in the transaction of the caller. */
export async function checkWithin(
  client: PoolClient,
  submission: string,
  options: CheckOptions,
): Promise<Verdict> {
  const [standing] = await run<Standing>(client, HOLD_STANDING, [submission]);
  if (!standing) throw new NotFound('no such submission');
  const read = async () => {
    const verdict = await readVerdict(client, standing.batch_id, submission);
    if (!verdict) throw new NotFound('no such batch');
    return verdict;
  };
  if (standing.state !== 'receiving') return read();
  const decided = await decide(client, standing, options);
  const verdict = await read();
  if (decided.missingPages) return { ...verdict, missingPages: decided.missingPages };
  // With the batch, so that nobody can release it whose making of it is not known.
  if (options.submitter) await recordSubmitted(client, standing, verdict, options.submitter);
  const { accepted } = decided;
  if (!accepted || !options.policy) return verdict;
  return (await releaseByPolicy(client, accepted, options.policy)) ? read() : verdict;
}

/** What a submission came to: pages that are missing, or a batch, or neither. */
interface Decided {
  readonly missingPages?: readonly number[];
  readonly accepted?: CheckedBatch;
}

async function decide(
  client: PoolClient,
  standing: Standing,
  options: CheckOptions,
): Promise<Decided> {
  const { declaration, terms } = declared(standing);
  if (!declaration || !terms) return { missingPages: [] };
  const pages = await run<PageRow>(client, READ_PAGES, [standing.no]);
  const missing = missingPages(pages, declaration.pages);
  if (missing.length > 0) return { missingPages: missing };

  const differing: string[] = mismatches(declaration, found(pages, terms));
  if (pages.some((page, index) => page.rows !== PAGE_ROWS && index < pages.length - 1)) {
    differing.push('page_rows');
  }
  const [batch] = await run<{ batch_no: number | null; content_hash: string | null }>(
    client,
    HOLD_BATCH,
    [standing.batch_id],
  );
  if (differing.length > 0) return refuse(client, standing, differing);
  if (batch?.batch_no != null) {
    const same = batch.content_hash === declaration.contentHash;
    await run(client, DECIDE, [standing.no, same ? 'same' : 'conflict', null]);
    return {};
  }
  return accept(client, standing, declaration, terms, options);
}

async function accept(
  client: PoolClient,
  standing: Standing,
  declaration: Declaration,
  terms: Terms,
  { chunkLines }: CheckOptions,
): Promise<Decided> {
  const { source } = standing;
  const weighed = await weighTerms(client, terms, { source, rows: declaration.rows });
  if (weighed.refusals.length > 0) return refuse(client, standing, weighed.refusals);
  const { parentNo } = weighed;
  const acceptable = { standing, declaration, terms, parentNo, chunkLines };
  const rejected = await acceptSubmission(client, acceptable);
  if (rejected === undefined) return refuse(client, standing, ['rejections']);
  return { accepted: { ...standing, rejected, terms } };
}

async function refuse(
  client: PoolClient,
  standing: Standing,
  differing: readonly string[],
): Promise<Decided> {
  await run(client, DECIDE, [standing.no, 'refused', differing]);
  const reason = `refused: ${differing.join(', ')}`;
  await run(client, REFUSE, [standing.batch_id, reason, batchSources('refused')]);
  return {};
}

/** Whose content did not become the batch has not made it. */
async function recordSubmitted(
  client: PoolClient,
  { batch_id: batchId, client_reference: subject, source }: Standing,
  verdict: Verdict,
  submitter: Ordered,
): Promise<void> {
  const made = verdict.verdict === 'accepted' || verdict.verdict === 'same';
  const { rows, lines, rejected, contentHash } = verdict;
  await recordAction(client, {
    ...submitter,
    verb: made ? 'batch.submit' : 'batch.submit_refused',
    subject,
    batchId,
    detail: {
      source,
      verdict: verdict.verdict,
      ...(made
        ? { rows, lines, rejected, sums: verdict.sums.map(formatMoney), contentHash }
        : { mismatches: verdict.mismatches }),
    },
  });
}

const HOLD_STANDING = {
  name: 'hold-standing',
  text: `SELECT s.*, b.source, b.client_reference FROM submissions s JOIN batches b ON b.id = s.batch_id WHERE s.id = $1
    FOR UPDATE OF s`,
};

const READ_PAGES = {
  name: 'read-pages',
  text: 'SELECT page, hash, rows, control_sums FROM pages WHERE submission_no = $1 ORDER BY page',
};

const HOLD_BATCH = {
  name: 'hold-batch',
  text: 'SELECT batch_no, content_hash FROM batches WHERE id = $1 FOR UPDATE',
};

const DECIDE = {
  name: 'decide-submission',
  text: `UPDATE submissions SET state = $2, mismatches = $3, decided_at = now()
    WHERE no = $1 AND state = 'receiving'`,
};

const REFUSE = {
  name: 'refuse-batch',
  text: `UPDATE batches SET state = 'refused', state_reason = $2, state_at = now(), version = version + 1
    WHERE id = $1 AND state = ANY($3)`,
};
