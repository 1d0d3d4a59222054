import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askCli, startSystem, type Environment } from '@salio/testkit';
import { Client } from 'pg';
import { ACCOUNT } from './contest.ts';
import { startMachine } from './machine.ts';
import { watchProcesses, type Usage } from './measure/processes.ts';
import { readRedisPeak } from './measure/redis-peak.ts';
import { writeRows } from './rows.ts';

export interface IntakePlan {
  readonly rows: number;
  /** More settings of the worker, and of the command line: for profiles. */
  readonly worker?: Environment;
  readonly cli?: Environment;
  /** More settings of Postgres, as `name=value`. */
  readonly postgres?: readonly string[];
  /** Looks at the database when all is over. */
  readonly look?: (ownerUrl: string) => Promise<void>;
}

export interface IntakeResult {
  readonly rows: number;
  /** From the start of the command line to its end: it has read the verdict then. */
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** By kind of process, during that time. */
  readonly usage: ReadonlyMap<string, Usage>;
  readonly redisPeakMiB: number;
  readonly walBytesPerRow: number;
}

/** Lets `salio submit` hand over a file to one worker, on fresh durable servers. Throws where a row did not become a line. */
export async function measureIntake(plan: IntakePlan): Promise<IntakeResult> {
  const folder = await mkdtemp(join(tmpdir(), 'salio-intake-'));
  const watch = watchProcesses();
  try {
    const file = join(folder, 'rows.csv');
    await writeRows(file, plan.rows);
    await using services = await startMachine(plan.postgres);
    await using system = await startSystem(services, {
      workers: 1,
      account: ACCOUNT,
      worker: { LOG_LEVEL: 'warn', ...plan.worker },
    });
    const { ownerUrl } = system.database;
    const walBefore = await readWal(ownerUrl);
    await watch.take();
    const startedAt = performance.now();
    const said = await askCli(['submit', file, '--reference', 'intake'], {
      ...system.cli,
      ...plan.cli,
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const usage = await watch.take();
    if (said['lines'] !== plan.rows) throw new Error(`${String(said['lines'])} lines came of it`);
    await plan.look?.(ownerUrl);
    return {
      rows: plan.rows,
      seconds,
      rowsPerSecond: plan.rows / seconds,
      usage,
      redisPeakMiB: await readRedisPeak(services.redis.url),
      walBytesPerRow: ((await readWal(ownerUrl)) - walBefore) / plan.rows,
    };
  } finally {
    watch.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bytes that Postgres has written ahead. */
async function readWal(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    const { rows } = await client.query<{ bytes: string }>(
      `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS bytes`,
    );
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}
