import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import type { Step } from './steps.ts';

export interface StepResult {
  readonly step: Step;
  readonly passed: boolean;
  readonly output: string;
  readonly seconds: number;
}

/** Runs one step in the root of the workspace. A program that can't be started counts as failed. */
export function runStep(root: string, step: Step, args: readonly string[]): Promise<StepResult> {
  const began = performance.now();
  const bin = join(root, 'node_modules/.bin');
  const isModule = step.program.endsWith('.ts');
  const child = spawn(
    isModule ? process.execPath : join(bin, step.program),
    [...(isModule ? [join(root, step.program)] : []), ...args],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: [bin, dirname(process.execPath), process.env['PATH']].join(delimiter),
        TURBO_TELEMETRY_DISABLED: '1',
        DO_NOT_TRACK: '1',
      },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    const end = (passed: boolean) => {
      resolve({ step, passed, output, seconds: (performance.now() - began) / 1000 });
    };
    child.once('error', (error) => {
      output += error.message;
      end(false);
    });
    child.once('close', (code) => end(code === 0));
  });
}
