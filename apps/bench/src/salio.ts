import { askCli, startSystem, untilState, type Environment } from '@salio/testkit';
import { Client } from 'pg';
import { ACCOUNT, type Contestant, type Race } from './contest.ts';
import type { Finish } from './job.ts';

export interface SalioFinish extends Finish {
  /** From the first recorded send to the last recorded answer. */
  readonly sendingSeconds: number;
  /** From the release to the first recorded send, ms. */
  readonly firstSendMs: number;
  /** From the file to the verdict that the ledger has it all, the start of the command line included. */
  readonly intakeSeconds: number;
}

const REFERENCE = 'bench';
/** Far more than the slowest takes. */
const TIMEOUT_MS = 3_600_000;

/** Salio as it ships: the command line submits and releases, one worker and one scheduler do the rest. */
export const salio: Contestant<SalioFinish> = {
  name: 'salio',
  async pay(place, race) {
    await using system = await startSystem(place.services, {
      workers: 1,
      account: ACCOUNT,
      runningSimulator: place.simulator,
      worker: workerSettings(race),
    });
    const startedAt = performance.now();
    await askCli(['submit', race.file, '--reference', REFERENCE], system.cli);
    const takenAt = performance.now();
    await askCli(['release', REFERENCE, '--reason', 'benchmark'], system.cli);
    await untilState(system, REFERENCE, ['completed'], TIMEOUT_MS);
    const seconds = (performance.now() - startedAt) / 1000;
    const intakeSeconds = (takenAt - startedAt) / 1000;
    return { ...(await readTimes(system.database.ownerUrl)), seconds, intakeSeconds };
  },
};

function workerSettings(race: Race): Environment {
  return {
    RECIPIENTS_PER_REQUEST: String(race.recipientsPerRequest),
    CALLS_IN_FLIGHT: String(race.callsInFlight),
    LOG_LEVEL: 'warn',
  };
}

/** By the facts in the ledger. */
async function readTimes(
  ownerUrl: string,
): Promise<Pick<SalioFinish, 'lines' | 'sendingSeconds' | 'firstSendMs'>> {
  const client = new Client({ connectionString: ownerUrl });
  try {
    await client.connect();
    const { rows } = await client.query<{ lines: number; sending: number; first: number }>(
      `SELECT (SELECT count(*) FROM lines WHERE state = 'sent')::int AS lines,
        extract(epoch FROM (SELECT max(recorded_at) FROM answers) - f.at)::float8 AS sending,
        extract(epoch FROM f.at - (SELECT at FROM operator_actions WHERE verb = 'batch.release'))::float8 * 1000 AS first
      FROM (SELECT min(opened_at) AS at FROM sends) f`,
    );
    const { lines = 0, sending = 0, first = 0 } = rows[0] ?? {};
    return { lines, sendingSeconds: sending, firstSendMs: first };
  } finally {
    await client.end();
  }
}
