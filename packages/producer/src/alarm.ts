/** A wait that can be left early. Disposing it leaves nothing behind. */
export interface Alarm extends Disposable {
  /** Resolves after the time, or as soon as the signal aborts. */
  readonly rings: Promise<undefined>;
}

export function setAlarm(afterMs: number, signal: AbortSignal): Alarm {
  // Promise.withResolvers is not there in Node.js 20.
  let resolve: ((nothing: undefined) => void) | undefined;
  const promise = new Promise<undefined>((resolved) => (resolve = resolved));
  const ring = () => resolve?.(undefined);
  const timer = setTimeout(ring, afterMs);
  signal.addEventListener('abort', ring, { once: true });
  if (signal.aborted) ring();
  return {
    rings: promise,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', ring);
    },
  };
}
