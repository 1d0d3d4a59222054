import type { BatchId } from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict, NotFound } from '../conflict.ts';
import { formatRanges, mergeRanges, type LineRange } from '../retry/line-ranges.ts';
import { run } from '../sql.ts';
import { LINE_TEXT, NEWEST_SEND } from './line-text.ts';

/** Which unresolved lines a decision is about: those that fit all that is named. At least one thing is. */
export interface DecisionSelection {
  readonly batchId?: BatchId;
  /** What is said of them, whole: the provider's text for the newest send, else the line's reason, as the worklist shows it. */
  readonly text?: string;
  /** The lines' newest attempt. The key is in hex. */
  readonly attempt?: { readonly id: string } | { readonly key: string };
  /** Only with a batch. */
  readonly lines?: readonly LineRange[];
}

/** A line that was chosen, and the attempt that it was chosen for. */
export interface ChosenLine {
  readonly batchNo: number;
  readonly seq: number;
  readonly attemptNo: number;
}

/** A selection that was checked. */
export interface Chosen {
  /** What it is written down under. */
  readonly name: string;
  readonly batchNo: number | undefined;
  readonly selection: DecisionSelection;
}

/** Chunks that are looked at together: 10,000 lines at most, a few MB, and a second of work. */
const CHUNKS_AT_ONCE = 20;

/** Throws NotFound, and Conflict for a selection that names nothing, or lines of no batch. */
export async function openSelection(
  client: PoolClient,
  selection: DecisionSelection,
): Promise<Chosen> {
  const { batchId, text, attempt, lines } = selection;
  if (batchId === undefined) {
    if (lines !== undefined) throw new Conflict('lines are chosen within a batch: name it');
    if (text === undefined && attempt === undefined)
      throw new Conflict('choose lines by batch, text or attempt: not all of the ledger at once');
    return { name: 'lines', batchNo: undefined, selection };
  }
  const [batch] = await run<{ name: string; batchNo: number | null }>(client, FIND_BATCH, [
    batchId,
  ]);
  if (!batch) throw new NotFound(`there is no batch ${batchId}`);
  // A batch without a number has no lines yet; no other one has the number 0.
  return { name: batch.name, batchNo: batch.batchNo ?? 0, selection };
}

/** A selection as it is written down. */
export function describeSelection(selection: DecisionSelection): Record<string, unknown> {
  const { lines, ...rest } = selection;
  return { ...rest, ...(lines ? { lines: formatRanges(mergeRanges(lines)) } : {}) };
}

/**
 * The unresolved lines that were chosen, in order, some chunks at a time. Only chunks are looked into whose lines wait for
 * news; every unresolved line is in one of those.
 */
export async function* findLines(client: PoolClient, chosen: Chosen): AsyncGenerator<ChosenLine[]> {
  const { batchNo, selection } = chosen;
  const { attempt, text } = selection;
  const ranges = selection.lines && mergeRanges(selection.lines);
  const bounds = [
    ranges?.map(({ first }) => first) ?? null,
    ranges?.map(({ last }) => last) ?? null,
  ];
  const attemptId = attempt && 'id' in attempt ? attempt.id : null;
  const key = attempt && 'key' in attempt ? attempt.key.toLowerCase() : null;
  for (let after: readonly [number, number] = [0, -1]; ;) {
    const page = await run<ChunkRow>(client, NEXT_CHUNKS, [
      ...after,
      batchNo ?? null,
      ...bounds,
      attemptId,
      CHUNKS_AT_ONCE,
    ]);
    const last = page.at(-1);
    if (!last) return;
    after = [last.batch_no, last.chunk];
    const lines = await run<ChosenLine>(client, FIND_LINES, [
      page.map((chunk) => chunk.batch_no),
      page.map((chunk) => chunk.first_seq),
      page.map((chunk) => chunk.last_seq),
      ...bounds,
      text ?? null,
      attemptId,
      key,
    ]);
    if (lines.length > 0) yield lines;
    if (page.length < CHUNKS_AT_ONCE) return;
  }
}

interface ChunkRow {
  batch_no: number;
  chunk: number;
  first_seq: number;
  last_seq: number;
}

const FIND_BATCH = {
  name: 'find-batch-to-decide',
  text: 'SELECT client_reference AS name, batch_no AS "batchNo" FROM batches WHERE id = $1',
};

const NEXT_CHUNKS = {
  name: 'next-chunks-to-decide',
  text: `SELECT c.batch_no, c.chunk, c.first_seq, c.last_seq FROM chunks c
    WHERE c.look_at IS NOT NULL AND (c.batch_no, c.chunk) > ($1::int, $2::int)
      AND ($3::int IS NULL OR c.batch_no = $3)
      AND ($4::int[] IS NULL OR EXISTS (SELECT 1 FROM unnest($4, $5::int[]) AS r(first, last)
        WHERE c.first_seq <= r.last AND c.last_seq >= r.first))
      AND ($6::bigint IS NULL OR (c.batch_no, c.chunk) IN (SELECT batch_no, chunk FROM attempts WHERE id = $6))
    ORDER BY c.batch_no, c.chunk LIMIT $7`,
};

const FIND_LINES = {
  name: 'find-lines-to-decide',
  text: `SELECT l.batch_no AS "batchNo", l.seq, l.attempt_no AS "attemptNo"
    FROM unnest($1::int[], $2::int[], $3::int[]) AS u(batch_no, first, last)
    JOIN lines l ON l.batch_no = u.batch_no AND l.seq BETWEEN u.first AND u.last
    ${NEWEST_SEND}
    WHERE l.state = 'unresolved'
      AND ($4::int[] IS NULL OR EXISTS (SELECT 1 FROM unnest($4, $5::int[]) AS r(first, last)
        WHERE l.seq BETWEEN r.first AND r.last))
      AND ($6::text IS NULL OR ${LINE_TEXT} = $6)
      AND ($7::bigint IS NULL OR a.id = $7)
      AND ($8::text IS NULL OR encode(a.idempotency_key, 'hex') = $8)
    ORDER BY l.batch_no, l.seq`,
};
