import { askCli, startSystem, untilState, type Environment } from '@salio/testkit';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
export const salio = payWith({ workers: 1, settings: {} });

/** The same with more workers, or other settings of theirs. */
export function payWith(crew: {
  readonly workers: number;
  readonly settings: Environment;
}): Contestant<SalioFinish> {
  return {
    name: 'salio',
    async pay(place, race) {
      await using system = await startSystem(place.services, {
        workers: crew.workers,
        account: ACCOUNT,
        runningSimulator: place.simulator,
        worker: { ...workerSettings(race), ...crew.settings },
        scheduler: profiled(race),
      });
      const startedAt = performance.now();
      await askCli(['submit', race.file, '--reference', REFERENCE], system.cli);
      const takenAt = performance.now();
      await askCli(['release', REFERENCE, '--reason', 'benchmark'], system.cli);
      await untilState(system, REFERENCE, ['completed'], TIMEOUT_MS);
      const seconds = (performance.now() - startedAt) / 1000;
      const intakeSeconds = (takenAt - startedAt) / 1000;
      if (race.profileFolder !== undefined) {
        await writeStatements(system.database.ownerUrl, join(race.profileFolder, 'statements.txt'));
      }
      return { ...(await readTimes(system.database.ownerUrl)), seconds, intakeSeconds };
    },
  };
}

function workerSettings(race: Race): Environment {
  return {
    ...profiled(race),
    RECIPIENTS_PER_REQUEST: String(race.recipientsPerRequest),
    CALLS_IN_FLIGHT: String(race.callsInFlight),
    LOG_LEVEL: 'warn',
  };
}

/** Node.js writes a profile when the process ends. */
function profiled({ profileFolder }: Race): Environment {
  return profileFolder === undefined
    ? {}
    : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileFolder}` };
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

/** What each statement took, the dearest first. */
export async function writeStatements(ownerUrl: string, path: string): Promise<void> {
  const client = new Client({ connectionString: ownerUrl });
  try {
    await client.connect();
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    const { rows } = await client.query<Record<string, string>>(
      `SELECT round(total_exec_time)::text AS ms, calls::text, rows::text, round(mean_exec_time::numeric, 2)::text AS mean,
        shared_blks_hit::text AS hit, (wal_bytes / 1024)::bigint::text AS wal, left(regexp_replace(query, '\\s+', ' ', 'g'), 110) AS query
      FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 60`,
    );
    const lines = rows.map(({ ms, calls, rows: count, mean, hit, wal, query }) =>
      [ms, calls, count, mean, hit, wal, query].join('\t'),
    );
    await writeFile(
      path,
      `ms\tcalls\trows\tmean ms\tbuffers\tWAL KiB\tstatement\n${lines.join('\n')}\n`,
    );
  } finally {
    await client.end();
  }
}
