import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure } from './contest.ts';
import { CALLS_IN_FLIGHT } from './race.ts';
import { writeRows } from './rows.ts';
import { payWith } from './salio.ts';
import { columns } from './table.ts';

const WORKERS = [1, 2, 4];
/** As a provider far away. */
const LATENCY_MS = 300;
/** Between what two and what four workers could send: the limiter is the ceiling then. */
const CEILING_PER_SECOND = 600;

/** Worker processes side by side with a slow provider: free, and with a limiter that all of them share. */
export async function measureWorkers(plan: {
  /** With one worker; more for more. */
  readonly lines: number;
  readonly say: (text: string) => void;
}): Promise<{ table: string; json: object }> {
  const folder = await mkdtemp(join(tmpdir(), 'salio-workers-'));
  const rates: Record<'free' | 'limited', number[]> = { free: [], limited: [] };
  try {
    for (const kind of ['free', 'limited'] as const) {
      for (const workers of WORKERS) {
        const file = join(folder, 'rows.csv');
        const lines = Math.round((plan.lines * workers) / (WORKERS.at(-1) ?? 1));
        await writeRows(file, lines);
        const limiter = kind === 'limited' ? { REQUESTS_PER_SECOND: `${CEILING_PER_SECOND}` } : {};
        const result = await measure(payWith({ workers, settings: limiter }), {
          file,
          lines,
          recipientsPerRequest: 1,
          callsInFlight: CALLS_IN_FLIGHT,
          latencyMs: LATENCY_MS,
        });
        const rate = result.lines / result.sendingSeconds;
        plan.say(`${workers} workers, ${kind}: ${Math.round(rate)} lines/s while sending`);
        rates[kind].push(Math.round(rate));
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const table = columns([
    ['workers', 'lines/s', `with at most ${CEILING_PER_SECOND} requests/s`],
    ...WORKERS.map((workers, index) => [
      String(workers),
      String(rates.free[index]),
      String(rates.limited[index]),
    ]),
  ]);
  const json = {
    workers: WORKERS,
    latencyMs: LATENCY_MS,
    ceilingPerSecond: CEILING_PER_SECOND,
    ...rates,
  };
  return { table, json };
}
