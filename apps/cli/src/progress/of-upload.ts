import { statSync } from 'node:fs';
import { describePace, formatShare } from './describe.ts';
import { notePace, secondsLeft, startPace } from './pace.ts';
import { createProgress, STANDARD_ERROR, type ProgressPlace } from './progress.ts';

/** Tells of a file on its way to the ops API, which says nothing before its end. */
export interface UploadProgress extends Disposable {
  /** So many bytes of it are sent. */
  readonly onBytes: (bytes: number) => void;
}

export function createUploadProgress(
  file: string,
  wanted: boolean,
  place: ProgressPlace = STANDARD_ERROR,
): UploadProgress {
  const { nowMs } = place;
  const progress = createProgress(wanted, place);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let sent = startPace(0, nowMs());
  return {
    onBytes(bytes) {
      sent = notePace(sent, bytes, nowMs());
      // A pipe has no size.
      if (size === 0) return progress.update(`${bytes} bytes sent`);
      const share = bytes / size;
      const pace = describePace(undefined, secondsLeft(sent, size - bytes));
      const text = [`${formatShare(share)} of the file`, pace].filter((part) => part !== '');
      progress.update(text.join(', '), share);
    },
    [Symbol.dispose]: () => progress[Symbol.dispose](),
  };
}
