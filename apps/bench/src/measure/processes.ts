import { readdir, readFile } from 'node:fs/promises';
import process from 'node:process';

/** What a kind of processes took, all of them together. */
export interface Usage {
  /** User and system time, seconds. */
  readonly cpuSeconds: number;
  /** The most that one of them had resident, MiB. Memory that a server shares among its processes counts in each. */
  readonly peakMemoryMiB: number;
}

/** Watches all descendants of this process, by what they are: the name of a server, or of the app that a Node.js process runs. */
export interface ProcessWatch {
  /** Since the watch began, or since the last call. */
  take(): Promise<ReadonlyMap<string, Usage>>;
  stop(): void;
}

/** Between two looks, ms: what a process that ends between two looks did since the first is missing. */
const LOOK_EVERY_MS = 200;
/** Of `utime` and `stime` in /proc, per second; Linux has had it so for ever. */
const TICKS_PER_SECOND = 100;

/** Needs Linux's /proc; elsewhere nothing is found. */
export function watchProcesses(): ProcessWatch {
  const seen = new Map<string, Seen>();
  let taken = new Map<string, number>();
  let busy = Promise.resolve();
  const look = () => {
    busy = busy.then(() => lookAround(seen)).catch(() => undefined); // no /proc: no figures
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    async take() {
      look();
      await busy;
      const sums = new Map<string, { ticks: number; peakKiB: number }>();
      for (const { kind, ticks, peakKiB } of seen.values()) {
        const sum = sums.get(kind) ?? { ticks: 0, peakKiB: 0 };
        sums.set(kind, { ticks: sum.ticks + ticks, peakKiB: Math.max(sum.peakKiB, peakKiB) });
      }
      const usage = [...sums].map(([kind, { ticks, peakKiB }]): [string, Usage] => {
        const cpuSeconds = (ticks - (taken.get(kind) ?? 0)) / TICKS_PER_SECOND;
        return [kind, { cpuSeconds, peakMemoryMiB: peakKiB / 1024 }];
      });
      taken = new Map([...sums].map(([kind, { ticks }]) => [kind, ticks]));
      for (const one of seen.values()) one.peakKiB = 0;
      return new Map(usage);
    },
    stop: () => clearInterval(timer),
  };
}

interface Seen {
  readonly kind: string;
  ticks: number;
  peakKiB: number;
}

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly ticks: number;
  /** Tells a process from a later one with the same number. */
  readonly startedAt: string;
}

async function lookAround(seen: Map<string, Seen>): Promise<void> {
  const rows = await readProcesses();
  const parents = new Map(rows.map((row) => [row.pid, row.parent]));
  for (const row of rows) {
    if (!descends(row.pid, parents)) continue;
    const id = `${row.pid}/${row.startedAt}`;
    let one = seen.get(id);
    if (!one) {
      const kind = await kindOf(row);
      if (kind === undefined) continue;
      one = { kind, ticks: 0, peakKiB: 0 };
      seen.set(id, one);
    }
    one.ticks = row.ticks;
    one.peakKiB = Math.max(one.peakKiB, await residentKiB(row.pid));
  }
}

async function readProcesses(): Promise<Row[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = await Promise.all(pids.map(readRow));
  return rows.filter((row) => row !== undefined);
}

/** proc_pid_stat(5): the name stands in parentheses, and may hold any character. */
async function readRow(pid: string): Promise<Row | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined; // it ended meanwhile
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  return {
    pid: Number(pid),
    parent: Number(fields[1]),
    name: text.slice(text.indexOf('(') + 1, close),
    ticks: Number(fields[11]) + Number(fields[12]),
    startedAt: fields[19] ?? '',
  };
}

function descends(pid: number, parents: ReadonlyMap<number, number>): boolean {
  let next = parents.get(pid);
  while (next !== undefined && next > 1) {
    if (next === process.pid) return true;
    next = parents.get(next);
  }
  return false;
}

/** Of Node.js processes the app whose main.ts they run, or the file's name. Undefined for what only guards servers. */
async function kindOf({ pid, name }: Row): Promise<string | undefined> {
  if (name === 'postgres') return 'postgres';
  if (/redis|valkey/.test(name)) return 'redis';
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const script = words.split('\0').find((word) => word.endsWith('.ts'));
  if (script === undefined || script.endsWith('guardian.ts')) return undefined;
  return /\/apps\/([^/]+)\/src\/main\.ts$/.exec(script)?.[1] ?? /([^/]+)\.ts$/.exec(script)?.[1];
}

async function residentKiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}
