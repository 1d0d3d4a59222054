import { setTimeout as delay } from 'node:timers/promises';
import type { System } from '@salio/testkit';
import type { FaultRecorder } from './fault-log.ts';

/** Starts the simulator again whenever it died: of our kill, or of a lie that ends with its own death. */
export interface SimulatorKeeper {
  /** Kills it; resolves when it is back, which is not before `forMs` have passed. */
  kill(forMs: number): Promise<void>;
  /** From now on it may end. Resolves when no start is under way. */
  release(): Promise<void>;
}

/** After a death of its own. */
const AGAIN_AFTER_MS = 500;

export function keepSimulator(system: System, log: FaultRecorder): SimulatorKeeper {
  let awayMs = AGAIN_AFTER_MS;
  let released = false;
  const revive = async () => {
    const fromMs = Date.now();
    await delay(awayMs);
    awayMs = AGAIN_AFTER_MS;
    await system.restartSimulator();
    log.simulatorAway.push({ fromMs, toMs: Date.now() });
  };
  let back = Promise.resolve();
  const watch = () => {
    void system.simulator.exited.then(() => {
      if (released) return;
      back = revive();
      void back.then(watch);
    });
  };
  watch();
  return {
    async kill(forMs) {
      awayMs = forMs;
      const { simulator } = system;
      simulator.kill('SIGKILL');
      await simulator.exited;
      await back;
    },
    async release() {
      released = true;
      await back;
    },
  };
}
