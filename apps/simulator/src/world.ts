import { randomBytes } from 'node:crypto';
import process from 'node:process';

/** What the simulator takes from outside itself besides requests. Tests give their own. */
export interface World {
  /** Milliseconds since 1970. The periods of keys and guard, and the status of a credit, follow this clock. */
  readonly now: () => number;
  /** Unpredictable bytes for request ids, which must not repeat over restarts and resets. */
  readonly randomBytes: (size: number) => Uint8Array;
  /** Ends the process at once, as a power switch does. */
  readonly die: () => void;
}

export const systemWorld: World = {
  now: Date.now,
  randomBytes,
  die: () => process.kill(process.pid, 'SIGKILL'),
};
