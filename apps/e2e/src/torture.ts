import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runTorture, type TortureOrder, type TortureResult } from './torture/run-torture.ts';
import { SABOTAGES } from './torture/sabotages.ts';
import { VARIANTS } from './torture/variants.ts';

/**
 * The whole system under a schedule of kills, pauses and lies, which follows from the seed. The last line of standard output
 * says what became of the lines; exit status 0 only if none was paid twice or lost, and nothing else is wrong.
 */
const USAGE = `torture: --lines 400 to 1000000 --seed NUMBER --variant ${VARIANTS.join('|')} [--json]
  [--sabotage ${SABOTAGES.map(({ name }) => name).join('|')}]`;
/** Below, the batches are too small to last through the schedule. */
const LINES_MIN = 400;
const LINES_MAX = 1_000_000;

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    variant: { type: 'string', default: 'r1' },
    sabotage: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const order = readOrder();
if (!order) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  const folder = mkdtempSync(join(tmpdir(), 'salio-torture-'));
  const clean = () => rmSync(folder, { recursive: true, force: true });
  // What was started ends with this process; the folder would stay.
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      clean();
      process.exit(code);
    });
  }
  try {
    report(await runTorture({ ...order, folder }));
  } finally {
    clean();
  }
}

function readOrder(): Omit<TortureOrder, 'folder'> | undefined {
  const [lines, seed] = [values.lines, values.seed].map((text) =>
    /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN,
  );
  const variant = VARIANTS.find((name) => name === values.variant);
  const { sabotage } = values;
  const known = sabotage === undefined || SABOTAGES.some(({ name }) => name === sabotage);
  if (lines === undefined || !(lines >= LINES_MIN && lines <= LINES_MAX)) return undefined;
  if (seed === undefined || Number.isNaN(seed) || !variant || !known) return undefined;
  return { lines, seed, variant, sabotage, say: values.json ? () => undefined : say() };
}

/** With the time since the start. On standard error, so that standard output holds the result alone. */
function say(): (text: string) => void {
  const startedMs = performance.now();
  return (text) => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(7);
    process.stderr.write(`${seconds}  ${text}\n`);
  };
}

function report({ problems, ...result }: TortureResult): void {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) {
    const { lines, seed, variant } = result;
    const sabotage = values.sabotage === undefined ? '' : ` --sabotage ${values.sabotage}`;
    process.stderr.write(
      `Again: npm run torture -- --lines ${lines} --seed ${seed} --variant ${variant}${sabotage}\n`,
    );
    process.exitCode = 1;
  }
  const { kills, faults, paidTwice, lost, falseFailed, falsePaid, unaccounted, wrongAmount } =
    result;
  const { seed, variant, lines, unresolved, unresolvedBound, resolvedBy, audit, seconds } = result;
  const counters = { paidTwice, lost, falseFailed, falsePaid, unaccounted, wrongAmount };
  process.stdout.write(
    `${JSON.stringify({ seed, variant, lines, kills, faults, ...counters, unresolved, unresolvedBound, resolvedBy, audit, seconds })}\n`,
  );
}
