/** Lines `first` to `last` (sequence numbers, inclusive) that one job names and one worker leases. */
export interface ChunkRange {
  readonly chunk: number;
  readonly first: number;
  readonly last: number;
}

/** Most lines of a chunk: a page of the lines table's updates, and seconds, not minutes, of sending. */
export const CHUNK_LINES_MAX = 500;

/**
 * Cuts sequence numbers 1 to `rows` into chunks of `size` numbers. Numbers of rejected rows are gaps, so a chunk may hold
 * fewer lines; that costs nothing, and the cut needs no look at the lines. Throws RangeError for a size outside 1 to
 * CHUNK_LINES_MAX.
 */
export function planChunks(rows: number, size: number): ChunkRange[] {
  if (!Number.isInteger(size) || size < 1 || size > CHUNK_LINES_MAX) {
    throw new RangeError(`a chunk has 1 to ${CHUNK_LINES_MAX} lines, not ${size}`);
  }
  return Array.from({ length: Math.ceil(rows / size) }, (_, chunk) => ({
    chunk,
    first: chunk * size + 1,
    last: Math.min((chunk + 1) * size, rows),
  }));
}
