import {
  contentHash,
  mismatches,
  parseCurrency,
  planChunks,
  sumByCurrency,
  ON_REJECTIONS,
  PAGE_ROWS,
  type BatchId,
  type Declaration,
  type Money,
  type Terms,
} from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { Conflict, NotFound } from '../conflict.ts';
import { batchSources, run } from '../sql.ts';
import {
  hasReferences,
  holdSource,
  rejectReferences,
  rejectSameLines,
  takeReferences,
} from './duplicates.ts';
import { readVerdict, type Verdict } from './verdict.ts';

export interface CheckOptions {
  /** Lines of a chunk, 1 to CHUNK_LINES_MAX. */
  readonly chunkLines: number;
}

/** Most missing page numbers that a verdict names. */
const MISSING_NAMED_MAX = 100;

interface Standing {
  no: number;
  state: string;
  batch_id: BatchId;
  source: string;
  batch_no: number | null;
  content_hash: string | null;
  declared_pages: number | null;
  declared_rows: number | null;
  declared_content_hash: string | null;
  declared_sums: Record<string, string> | null;
  on_rejections: string | null;
  allow_duplicates: boolean | null;
}

/**
 * Decides a submission if all of it has arrived, and says how it stands. Whole and first: it becomes the batch, `checked`,
 * cut into chunks. Nothing of a batch can be paid before this. Any number may call it at once; one decides.
 */
export async function checkSubmission(
  ledger: Ledger,
  submission: string,
  options: CheckOptions,
): Promise<Verdict> {
  const work = async (client: PoolClient) => {
    const [standing] = await run<Standing>(client, HOLD_STANDING, [submission]);
    if (!standing) throw new NotFound('no such submission');
    const missing = standing.state === 'receiving' ? await decide(client, standing, options) : [];
    const verdict = await readVerdict(client, standing.batch_id, submission);
    if (!verdict) throw new NotFound('no such batch');
    return { ...verdict, missingPages: missing };
  };
  return inTransaction(ledger, work, 'wholeBatch');
}

/** Returns the pages that are missing; where none are, the submission is decided. */
async function decide(
  client: PoolClient,
  standing: Standing,
  options: CheckOptions,
): Promise<readonly number[]> {
  const { declaration, terms } = declared(standing);
  if (!declaration || !terms) return [];
  const pages = await run<PageRow>(client, READ_PAGES, [standing.no]);
  const missing = missingPages(pages, declaration.pages);
  if (missing.length > 0) return missing;

  const differing: string[] = mismatches(declaration, found(pages, terms));
  if (pages.some((page, index) => page.rows !== PAGE_ROWS && index < pages.length - 1)) {
    differing.push('page_rows');
  }
  const [batch] = await run<{ batch_no: number | null; content_hash: string | null }>(
    client,
    HOLD_BATCH,
    [standing.batch_id],
  );
  if (differing.length > 0) await refuse(client, standing, differing);
  else if (batch?.batch_no != null) {
    const same = batch.content_hash === declaration.contentHash;
    await run(client, DECIDE, [standing.no, same ? 'same' : 'conflict', null]);
  } else await accept(client, standing, declaration, terms, options);
  return [];
}

async function accept(
  client: PoolClient,
  standing: Standing,
  declaration: Declaration,
  terms: Terms,
  options: CheckOptions,
): Promise<void> {
  const rejected = await settleRows(client, standing, declaration, terms);
  if (rejected === undefined) {
    await refuse(client, standing, ['rejections']);
    return;
  }
  const chunks = planChunks(declaration.rows, options.chunkLines);
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
  ]);
  if (accepted.length === 0) throw new Conflict('the batch can not become checked any more');
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

async function refuse(
  client: PoolClient,
  standing: Standing,
  differing: readonly string[],
): Promise<void> {
  await run(client, DECIDE, [standing.no, 'refused', differing]);
  const reason = `refused: ${differing.join(', ')}`;
  await run(client, REFUSE, [standing.batch_id, reason, batchSources('refused')]);
}

function declared(standing: Standing): { declaration?: Declaration; terms?: Terms } {
  const { declared_pages: pages, declared_rows: rows, declared_content_hash: hash } = standing;
  const onRejections = ON_REJECTIONS.find((value) => value === standing.on_rejections);
  if (pages === null || rows === null || hash === null || !onRejections) return {};
  const controlSums = moneyOf(standing.declared_sums ?? {});
  return {
    declaration: { pages, rows, contentHash: hash, controlSums },
    terms: { onRejections, allowDuplicates: standing.allow_duplicates ?? false },
  };
}

interface PageRow {
  page: number;
  hash: string;
  rows: number;
  control_sums: Record<string, string>;
}

function found(pages: readonly PageRow[], terms: Terms): Declaration {
  const rows = pages.reduce((total, page) => total + page.rows, 0);
  const hashes = pages.map((page) => page.hash);
  return {
    pages: pages.length,
    rows,
    contentHash: contentHash(terms, rows, hashes),
    controlSums: sumByCurrency(pages.flatMap((page) => moneyOf(page.control_sums))),
  };
}

function missingPages(pages: readonly PageRow[], wanted: number): number[] {
  const present = new Set(pages.map((page) => page.page));
  const missing: number[] = [];
  for (let page = 0; page < wanted && missing.length < MISSING_NAMED_MAX; page += 1) {
    if (!present.has(page)) missing.push(page);
  }
  return missing;
}

function moneyOf(sums: Record<string, string>): Money[] {
  return Object.entries(sums).flatMap(([code, units]) => {
    const currency = parseCurrency(code);
    return currency ? [{ currency, units: BigInt(units) }] : [];
  });
}

const HOLD_STANDING = {
  name: 'hold-standing',
  text: `SELECT s.*, b.source FROM submissions s JOIN batches b ON b.id = s.batch_id WHERE s.id = $1
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

const COUNT_REJECTIONS = {
  name: 'count-rejections',
  text: 'SELECT count(*)::int AS rejected FROM rejections WHERE submission_no = $1',
};

const DECIDE = {
  name: 'decide-submission',
  text: `UPDATE submissions SET state = $2, mismatches = $3, decided_at = now()
    WHERE no = $1 AND state = 'receiving'`,
};

/** A batch that was refused or abandoned receives again, and is checked at once. */
const ACCEPT = {
  name: 'accept-batch',
  text: `WITH accepted AS (
      UPDATE batches SET state = 'checked', state_reason = NULL, batch_no = $2, content_hash = $3, rows = $4,
        lines = $4 - $5::int, rejected = $5, state_at = now(), version = version + 1
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

const REFUSE = {
  name: 'refuse-batch',
  text: `UPDATE batches SET state = 'refused', state_reason = $2, state_at = now(), version = version + 1
    WHERE id = $1 AND state = ANY($3)`,
};
