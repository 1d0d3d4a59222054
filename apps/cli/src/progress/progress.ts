import process from 'node:process';

/** What is said on standard error while something goes on. Disposing of it ends the line. */
export interface Progress extends Disposable {
  /** `share` of all that is to be done, where that is known: 0 to 1. May be called as often as one likes. */
  update(text: string, share?: number): void;
}

/** Where it is said, and by which clock. */
export interface ProgressPlace {
  readonly stream: {
    readonly isTTY?: boolean;
    readonly columns?: number;
    write(text: string): unknown;
  };
  readonly nowMs: () => number;
}

/** Results go to standard output; this is beside them. */
export const STANDARD_ERROR: ProgressPlace = {
  stream: process.stderr,
  nowMs: () => performance.now(),
};

/** A person's eye is no faster. */
const DRAW_EVERY_MS = 100;
/** Where nobody looks at a terminal: a log must not fill with it. */
const LINE_EVERY_MS = 10_000;
const BAR_WIDTH = 20;
const COLUMNS = 80;

/** A line that is drawn again and again at a terminal; elsewhere a line of its own, every ten seconds. Nothing where not wanted. */
export function createProgress(
  wanted: boolean,
  { stream, nowMs }: ProgressPlace = STANDARD_ERROR,
): Progress {
  if (!wanted) return { update: () => undefined, [Symbol.dispose]: () => undefined };
  if (!stream.isTTY) return plainProgress(stream, nowMs);
  let drawnMs = Number.NEGATIVE_INFINITY;
  let waiting: string | undefined;
  let begun = false;
  const draw = (text: string) => {
    stream.write(`\r\u001b[2K${text}`);
    drawnMs = nowMs();
    waiting = undefined;
    begun = true;
  };
  return {
    update(text, share) {
      const bar = share === undefined ? '' : `${barOf(share)} `;
      // A line that goes on on the next one could not be drawn again.
      const line = `${bar}${text}`.slice(0, (stream.columns ?? COLUMNS) - 1);
      if (nowMs() - drawnMs >= DRAW_EVERY_MS) draw(line);
      else waiting = line;
    },
    [Symbol.dispose]() {
      if (waiting !== undefined) draw(waiting);
      if (begun) stream.write('\n');
      begun = false;
    },
  };
}

function plainProgress(stream: ProgressPlace['stream'], nowMs: () => number): Progress {
  let saidMs = nowMs();
  return {
    update(text) {
      if (nowMs() - saidMs < LINE_EVERY_MS) return;
      saidMs = nowMs();
      stream.write(`${text}\n`);
    },
    [Symbol.dispose]: () => undefined,
  };
}

function barOf(share: number): string {
  const filled = Math.floor(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
}
