import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, type Result } from './contest.ts';
import { drawPlot } from './plot.ts';
import { CALLS_IN_FLIGHT } from './race.ts';
import { writeRows } from './rows.ts';
import { salio, type SalioFinish } from './salio.ts';
import { columns } from './table.ts';

export interface SweepPlan {
  /** The largest size. */
  readonly lines: number;
  readonly recipientsPerRequest: number;
  /** For the plots; undefined: none. */
  readonly folder: string | undefined;
  readonly say: (text: string) => void;
}

const SIZES = [1_000, 10_000, 100_000, 1_000_000];

/** Salio with ever more lines: whether it stays as fast, and as small. */
export async function sweep(plan: SweepPlan): Promise<{ table: string; json: object }> {
  const sizes = [...SIZES.filter((size) => size < plan.lines), plan.lines];
  const results: (Result & SalioFinish)[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'salio-sweep-'));
  try {
    for (const lines of sizes) {
      const file = join(folder, 'rows.csv');
      await writeRows(file, lines);
      const { recipientsPerRequest } = plan;
      const terms = { recipientsPerRequest, callsInFlight: CALLS_IN_FLIGHT };
      const result = await measure(salio, { file, lines, ...terms });
      plan.say(`${lines} lines: ${Math.round(result.linesPerSecond)} lines/s`);
      results.push(result);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (plan.folder !== undefined) await draw(plan.folder, sizes, results);
  return { table: show(sizes, results), json: toJson(sizes, results) };
}

const WATCHED = ['worker', 'scheduler', 'cli', 'redis'] as const;

function memoryOf(result: Result, kind: string): number {
  return result.usage.get(kind)?.peakMemoryMiB ?? 0;
}

async function draw(
  folder: string,
  sizes: readonly number[],
  results: readonly (Result & SalioFinish)[],
): Promise<void> {
  const throughput = drawPlot({
    title: 'Lines per second against lines',
    sizes,
    curves: [
      { name: 'end to end', values: results.map(({ linesPerSecond }) => linesPerSecond) },
      {
        name: 'while sending',
        values: results.map(({ lines, sendingSeconds }) => lines / sendingSeconds),
      },
    ],
  });
  const memory = drawPlot({
    title: 'Peak memory (MiB) against lines',
    sizes,
    curves: WATCHED.map((kind) => ({
      name: kind,
      values: results.map((result) => memoryOf(result, kind)),
    })),
  });
  await writeFile(join(folder, 'throughput.svg'), throughput);
  await writeFile(join(folder, 'memory.svg'), memory);
}

function show(sizes: readonly number[], results: readonly (Result & SalioFinish)[]): string {
  const head = ['lines', 'lines/s', 'sending/s', 'CPU µs/line', 'WAL B/line', 'Redis MiB'];
  return columns([
    [...head, ...WATCHED.map((kind) => `${kind} MiB`)],
    ...results.map((result, index) => [
      String(sizes[index]),
      String(Math.round(result.linesPerSecond)),
      String(Math.round(result.lines / result.sendingSeconds)),
      String(Math.round(cpuPerLine(result))),
      String(Math.round(result.walBytesPerLine)),
      result.redisPeakMiB.toFixed(1),
      ...WATCHED.map((kind) => String(Math.round(memoryOf(result, kind)))),
    ]),
  ]);
}

/** Of everything that runs, microseconds. */
function cpuPerLine({ usage, lines }: Result): number {
  const seconds = [...usage.values()].reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return (seconds * 1_000_000) / lines;
}

/** What a further line costs, by the last two sizes, against what it cost by the two before. */
function marginalCost(results: readonly Result[]): number | null {
  const [before, middle, last] = results.slice(-3);
  if (!before || !middle || !last) return null;
  const marginal = (less: Result, more: Result) =>
    (more.seconds - less.seconds) / (more.lines - less.lines);
  return Math.round((marginal(middle, last) / marginal(before, middle)) * 100) / 100;
}

function toJson(sizes: readonly number[], results: readonly (Result & SalioFinish)[]): object {
  return {
    sizes,
    linesPerSecond: results.map(({ linesPerSecond }) => Math.round(linesPerSecond)),
    sendingPerSecond: results.map(({ lines, sendingSeconds }) =>
      Math.round(lines / sendingSeconds),
    ),
    marginalCost: marginalCost(results),
    peakMemoryMiB: Object.fromEntries(
      WATCHED.map((kind) => [kind, results.map((result) => Math.round(memoryOf(result, kind)))]),
    ),
    redisPeakMiB: results.map(({ redisPeakMiB }) => Math.round(redisPeakMiB * 10) / 10),
  };
}
