import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, type Contestant, type Race, type Result } from './contest.ts';
import { limit, peers } from './contestants.ts';
import type { Finish } from './job.ts';
import { writeRows } from './rows.ts';
import { salio, type SalioFinish } from './salio.ts';

export interface RacePlan {
  readonly lines: number;
  /** Of the second of each pair; the first is one recipient per request. */
  readonly recipientsPerRequest: number;
  /** Lines that each peer pays; undefined: no peers. */
  readonly peerLines: number | undefined;
  readonly profileFolder: string | undefined;
  readonly say: (text: string) => void;
}

export interface RaceResults {
  readonly lines: number;
  readonly recipientsPerRequest: number;
  readonly limit: Pair<Result>;
  readonly salio: Pair<Result & SalioFinish>;
  readonly peers: ReadonlyMap<string, Result>;
}

/** With one recipient per request, and with several. */
export interface Pair<Of> {
  readonly one: Of;
  readonly many: Of;
}

/** Calls in flight at most, the same for all: as many as a worker has by default. */
export const CALLS_IN_FLIGHT = 64;

/** Lets limit, Salio and the peers pay the same file in turn, each on servers of its own. */
export async function race(plan: RacePlan): Promise<RaceResults> {
  const folder = await mkdtemp(join(tmpdir(), 'salio-bench-'));
  try {
    const { lines, recipientsPerRequest, say, profileFolder } = plan;
    const file = join(folder, 'rows.csv');
    await writeRows(file, lines);
    const profile = profileFolder === undefined ? {} : { profileFolder };
    const run = async <End extends Finish>(
      contestant: Contestant<End>,
      recipients: number,
      more: Partial<Race> = {},
    ) => {
      const terms = { recipientsPerRequest: recipients, callsInFlight: CALLS_IN_FLIGHT };
      const result = await measure(contestant, { file, lines, ...terms, ...more });
      const rate = Math.round(result.linesPerSecond);
      say(`${contestant.name}, ${recipients} per request: ${rate} lines/s`);
      return result;
    };
    const limits = { one: await run(limit, 1), many: await run(limit, recipientsPerRequest) };
    const ours = {
      one: await run(salio, 1, profile),
      many: await run(salio, recipientsPerRequest, profile),
    };
    const others = new Map<string, Result>();
    if (plan.peerLines !== undefined) {
      const short = join(folder, 'peer-rows.csv');
      await writeRows(short, plan.peerLines);
      for (const peer of peers) {
        const terms = { file: short, lines: plan.peerLines };
        others.set(peer.name, await run(peer, 1, terms));
      }
    }
    return { lines, recipientsPerRequest, limit: limits, salio: ours, peers: others };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
