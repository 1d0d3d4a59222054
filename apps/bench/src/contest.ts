import { fileURLToPath } from 'node:url';
import { runProcess, startProcess, type LocalServices, type StartedProcess } from '@salio/testkit';
import { Client } from 'pg';
import type { Finish, Job } from './job.ts';
import { COUNT_STATEMENTS, startMachine } from './machine.ts';
import { watchProcesses, type Usage } from './measure/processes.ts';
import { readRedisPeak } from './measure/redis-peak.ts';

/** What all contestants are measured with, and what one of them is told besides. */
export interface Race {
  readonly file: string;
  readonly lines: number;
  readonly recipientsPerRequest: number;
  readonly callsInFlight: number;
  /** Of the provider; 0 where nothing is said. */
  readonly latencyMs?: number;
  /** For looking into it: a folder for CPU profiles and statement figures. */
  readonly profileFolder?: string;
}

export interface Result extends Finish {
  readonly linesPerSecond: number;
  /** By kind of process. */
  readonly usage: ReadonlyMap<string, Usage>;
  readonly redisPeakMiB: number;
  /** Written ahead by Postgres, all in all, per line. */
  readonly walBytesPerLine: number;
}

/** Something that pays a file: measured from the file to the last recorded answer. */
export interface Contestant<End extends Finish = Finish> {
  readonly name: string;
  pay(place: Place, race: Race): Promise<End>;
}

/** Servers of its own for each, and the simulator at zero latency. */
export interface Place {
  readonly services: LocalServices;
  readonly simulator: StartedProcess;
}

export const ACCOUNT = { username: 'salio-bench', apiKey: 'bench-key' } as const;
const SIMULATOR = fileURLToPath(new URL('../../simulator/src/main.ts', import.meta.url));
/** Far more than the slowest takes. */
const TIMEOUT_MS = 3_600_000;

/** Lets one contestant pay, on fresh servers, and looks at what the simulator credited. */
export async function measure<End extends Finish>(
  contestant: Contestant<End>,
  race: Race,
): Promise<Result & End> {
  const watch = watchProcesses();
  try {
    // Counting costs a little, so only where somebody wants to look.
    await using services = await startMachine(
      race.profileFolder === undefined ? [] : COUNT_STATEMENTS,
    );
    await using simulator = await startProcess({
      file: SIMULATOR,
      name: 'simulator',
      env: {
        PORT: '0',
        LOG_LEVEL: 'warn',
        AIRTIME_USERNAME: ACCOUNT.username,
        AIRTIME_API_KEY: ACCOUNT.apiKey,
        LATENCY_MS: String(race.latencyMs ?? 0),
        WALLET_CURRENCY: 'KES',
        WALLET_BALANCE: '1000000000000',
      },
    });
    const wal = await readWal(services.postgres.url);
    await watch.take();
    const end = await contestant.pay({ services, simulator }, race);
    const usage = await watch.take();
    await checkBook(urlOf(simulator), contestant.name, end.lines);
    return {
      ...end,
      linesPerSecond: end.lines / end.seconds,
      usage,
      redisPeakMiB: await readRedisPeak(services.redis.url),
      walBytesPerLine: ((await readWal(services.postgres.url)) - wal) / race.lines,
    };
  } finally {
    watch.stop();
  }
}

/** A contestant that is a program of its own: `job.ts` says what it is given and what it prints. */
export function program(name: string, path: string): Contestant {
  return {
    name,
    async pay({ services, simulator }, race) {
      const job: Job = {
        ...race,
        ...ACCOUNT,
        databaseUrl: await createDatabase(services.postgres.url),
        redisUrl: services.redis.url,
        redisPrefix: 'bench',
        airtimeUrl: urlOf(simulator),
      };
      const { code, stdout, stderr } = await runProcess({
        file: fileURLToPath(new URL(path, import.meta.url)),
        name,
        args: [JSON.stringify(job)],
        timeoutMs: TIMEOUT_MS,
      });
      if (code !== 0) throw new Error(`${name} ended with ${code}: ${stderr || stdout}`);
      const last = stdout.trimEnd().split('\n').at(-1) ?? 'null';
      return JSON.parse(last) as Finish; // safe because the program is one of ours
    },
  };
}

function urlOf(simulator: StartedProcess): string {
  return String(simulator.ready['url']);
}

async function createDatabase(url: string): Promise<string> {
  const [name] = await ask<{ name: string }>(url, `SELECT 'contestant' AS name`);
  await ask(url, `CREATE DATABASE ${name?.name}`);
  const made = new URL(url);
  made.pathname = `/${name?.name}`;
  return made.href;
}

async function readWal(url: string): Promise<number> {
  const [row] = await ask<{ bytes: string }>(
    url,
    `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS bytes`,
  );
  return Number(row?.bytes);
}

async function ask<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** A contestant that loses or doubles lines has no figure. */
async function checkBook(airtimeUrl: string, name: string, lines: number): Promise<void> {
  const response = await fetch(`${airtimeUrl}/simulator/book/summary`);
  const { credits } = (await response.json()) as { credits: number }; // safe because the simulator is ours
  if (credits !== lines)
    throw new Error(`${name} recorded ${lines} lines, the book has ${credits}`);
}
