/** Counts recorded lines until all are. */
export interface Tally {
  add(lines: number): void;
  /** Nobody is to wait any longer. */
  readonly fail: (error: unknown) => void;
  /** Resolves with the time when the last was recorded, by performance.now(), ms. */
  readonly complete: Promise<number>;
}

export function tallyOf(lines: number): Tally {
  let left = lines;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  return {
    add(recorded) {
      left -= recorded;
      if (left === 0) resolve(performance.now());
    },
    fail: reject,
    complete: promise,
  };
}
