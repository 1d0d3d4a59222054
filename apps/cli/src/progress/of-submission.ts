import { statSync } from 'node:fs';
import { describePace, formatCount, formatShare } from './describe.ts';
import { notePace, perSecond, secondsLeft, startPace } from './pace.ts';
import { createProgress, STANDARD_ERROR, type ProgressPlace } from './progress.ts';

/** Tells of a file on its way into the ledger. */
export interface SubmissionProgress extends Disposable {
  /** So many bytes of the file are read. */
  readonly onBytes: (bytes: number) => void;
  readonly onProgress: (done: {
    readonly rowsRead: number;
    readonly pagesSent: number;
    readonly pagesAcknowledged: number;
  }) => void;
}

/** The rate is that of rows; the share and what is left are of bytes, for nobody knows how many rows a file has. */
export function createSubmissionProgress(
  file: string,
  wanted: boolean,
  place: ProgressPlace = STANDARD_ERROR,
): SubmissionProgress {
  const { nowMs } = place;
  const progress = createProgress(wanted, place);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let rows = startPace(0, nowMs());
  let read = startPace(0, nowMs());
  let bytes = 0;
  return {
    onBytes: (count) => (bytes = count),
    onProgress({ rowsRead, pagesSent, pagesAcknowledged }) {
      rows = notePace(rows, rowsRead, nowMs());
      read = notePace(read, bytes, nowMs());
      // A pipe has no size.
      const share = size > 0 ? bytes / size : undefined;
      const left = share === undefined ? undefined : secondsLeft(read, size - bytes);
      const parts = [
        `${formatCount(rowsRead)} rows read`,
        share === undefined ? '' : `${formatShare(share)} of the file`,
        describePace(perSecond(rows), left),
        `${formatCount(pagesAcknowledged)} of ${formatCount(pagesSent)} pages in the ledger`,
      ];
      progress.update(parts.filter((part) => part !== '').join(', '), share);
    },
    [Symbol.dispose]: () => progress[Symbol.dispose](),
  };
}
