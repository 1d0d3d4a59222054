import process from 'node:process';
import { FileUnreadable } from './csv/file-unreadable.ts';
import { createProgram } from './program/program.ts';

/** Exit status by what went wrong; everything else is 1. */
const STATUS: Readonly<Record<string, number>> = {
  USAGE: 2,
  NOT_FOUND: 3,
  CONFLICT: 4,
  batch_conflict: 4,
};

try {
  await createProgram().parseAsync();
} catch (caught) {
  // What is wrong with the file, and not only that something is.
  const error =
    caught instanceof Error && caught.cause instanceof FileUnreadable ? caught.cause : caught;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const code = error instanceof Error && 'code' in error ? String(error.code) : name;
  process.stderr.write(`salio: ${message}\n`);
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ error: code, message })}\n`);
  }
  process.exitCode = STATUS[code] ?? 1;
}
