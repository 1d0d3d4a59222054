import process from 'node:process';
import { CommanderError } from 'commander';
import { EXIT } from './exit-codes.ts';
import { explainError } from './explain-error.ts';
import { createProgram } from './program/program.ts';
import { visible } from './table.ts';

// Whoever reads us has read enough: `salio lines january | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.done);
});

try {
  await createProgram().parseAsync();
} catch (caught) {
  // Help that was asked for ends like this.
  if (!(caught instanceof CommanderError && caught.exitCode === 0)) fail(caught);
}

function fail(caught: unknown): void {
  const explained = explainError(caught);
  const lines = explained.message.split('\n').map(visible);
  process.stderr.write(`salio: ${lines.join('\n')}\n`);
  // Also where the command line could not be read.
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(explained)}\n`);
  process.exitCode = explained.exitCode;
}
