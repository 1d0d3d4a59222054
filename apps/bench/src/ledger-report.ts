import type { IntakeResult } from './intake.ts';
import type { LedgerFigures, LookUpFigures } from './ledger/look-ups.ts';
import { columns } from './table.ts';

/** For people: how fast a file came in, and what that took. */
export function showIntake(found: IntakeResult): string {
  const { rows, rowsPerSecond, seconds, usage, redisPeakMiB, walBytesPerRow } = found;
  const kinds = [...usage].map(([kind, { cpuSeconds, peakMemoryMiB }]) => [
    kind,
    ((cpuSeconds * 1_000_000) / rows).toFixed(1),
    String(Math.round(peakMemoryMiB)),
  ]);
  return (
    `${rows} rows in ${seconds.toFixed(1)} s: ${Math.round(rowsPerSecond)} rows/s, Redis at most ${redisPeakMiB.toFixed(1)} MiB, ` +
    `${Math.round(walBytesPerRow)} B of WAL per row\n${columns([['', 'CPU µs per row', 'peak MiB'], ...kinds])}`
  );
}

/** For people: how long look-ups take with few and with many lines stored, and what storing them takes. */
export function showLookUps({ small, large, ratios }: LookUpFigures): string {
  const times = Object.entries(large.lookUps).map(([name, { p50, p95, p99 }]) => [
    name,
    ...[small.lookUps[name]?.p99 ?? NaN, p50, p95, p99, ratios[name] ?? NaN].map((value) =>
      value.toFixed(2),
    ),
  ]);
  const head = ['ms', `p99 at ${small.lines}`, `p50 at ${large.lines}`, 'p95', 'p99', 'p99 ratio'];
  return `${columns([head, ...times])}\n\n${showStored(small)}\n\n${showStored(large)}`;
}

function showStored(figures: LedgerFigures): string {
  const { lines, batches, fillSeconds, gibibytes, stored, growth } = figures;
  const tables = stored.map((table) => Object.values(table).map(String));
  const names = Object.keys(stored[0] ?? {});
  return (
    `${lines} lines in ${batches} batches: ${gibibytes.toFixed(2)} GiB, filled in ${fillSeconds.toFixed(0)} s\n` +
    `${columns([names, ...tables])}\n${JSON.stringify(growth)}`
  );
}
