/** The gate: `npm run check`. Every step runs, also after one that failed. `--fix` mends first what machines can mend. */
import { join } from 'node:path';
import process from 'node:process';
import { runStep, type StepResult } from './gate/run.ts';
import { STEPS } from './gate/steps.ts';

const root = join(import.meta.dirname, '../../..');

await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  const began = performance.now();
  if (args.includes('--fix')) {
    for (const step of STEPS) if (step.fix) await runStep(root, step, step.fix);
  }
  const failed: string[] = [];
  // Two at a time would be slower: the type checks use both cores.
  for (const step of STEPS) {
    const result = await runStep(root, step, step.args);
    print(result);
    if (!result.passed) failed.push(step.name);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (failed.length === 0) {
    process.stdout.write(`check passed in ${seconds} s\n`);
  } else {
    process.stdout.write(`check FAILED (${failed.join(', ')}) in ${seconds} s\n`);
    process.exitCode = 1;
  }
}

function print({ step, passed, output, seconds }: StepResult): void {
  const line = `${passed ? 'ok  ' : 'FAIL'}  ${step.name.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s`;
  process.stdout.write(`${line}\n`);
  if (passed) return;
  process.stdout.write(`${output.trimEnd()}\n`);
  if (step.fix) process.stdout.write('Mend what a machine can: npm run check -- --fix\n');
}
