import process from 'node:process';
import { styleText } from 'node:util';
import type { Output } from '../context.ts';
import type { Level } from '../doctor/finding.ts';
import { openChecks } from '../doctor/open-checks.ts';
import { runChecks, summarize, type CheckResult } from '../doctor/run-checks.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { settings } from '../settings.ts';

/** Of one check, ms: whoever does not answer in that time is in trouble. */
const CHECK_MS = 5_000;
/** Of one question within a check, ms: it says what went wrong before the check is given up. */
const QUESTION_MS = 4_000;

/** Looks at everything that this process has settings for, and says what to do about what it found. */
export async function doctor({ json }: Output): Promise<void> {
  await using opened = openChecks(settings.find, QUESTION_MS);
  const results = await runChecks(opened.checks, CHECK_MS);
  const summary = summarize(results);
  const exitCode = summary.fail > 0 ? EXIT.problem : EXIT.done;
  if (json) {
    for (const result of results) printJson(result);
    printJson({ summary, exitCode });
  } else print(results, summary);
  process.exitCode = exitCode;
  // A server that went silent keeps its connection open: nothing is left to wait for.
  setTimeout(() => process.exit(), QUESTION_MS).unref();
}

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red', skipped: 'gray' } as const;

function print(results: readonly CheckResult[], summary: Record<Level, number>): void {
  // Colours only where standard output is a terminal that has them.
  const paint = (cell: string, column: number) => {
    const level = results.find((result) => result.level === cell)?.level;
    if (column !== 1 || level === undefined) return cell;
    return styleText(COLOURS[level], cell, { stream: process.stdout });
  };
  const rows = results.flatMap(({ check, level, says, todo }) => [
    [check, level, says],
    // In a column of its own it would make each row wider than most terminals.
    ...(todo === '' ? [] : [['', '', `→ ${todo}`]]),
  ]);
  printTable(['check', 'level', 'found'], rows, paint);
  printLine();
  const counts = Object.entries(summary).map(([level, count]) => `${count} ${level}`);
  printLine(`${counts.join(', ')}.`);
  if (summary.skipped === results.length - 1)
    printLine('Nothing is set here: it looks at the settings of its own process (.env.example).');
}
