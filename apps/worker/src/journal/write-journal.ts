import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedAnswer } from '@salio/ledger';
import { writeLine } from './journal-line.ts';

/** Of a journal that is whole. */
export const JOURNAL_SUFFIX = '.ndjson';
/** Of one that is being written: nobody takes it for whole. */
export const WRITING_SUFFIX = '.writing';

/**
 * Writes answers into a new file of the folder, and returns its path when they are on the disk. Synchronous: the process
 * is about to end. Only its owner may read it: bodies hold phones. Throws where the disk refuses; what was written stays.
 */
export function writeJournal(folder: string, answers: readonly RecordedAnswer[]): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `answers-${randomUUID()}${JOURNAL_SUFFIX}`);
  const writing = `${path}${WRITING_SUFFIX}`;
  const file = openSync(writing, 'wx', 0o600);
  try {
    for (const answer of answers) writeFileSync(file, `${writeLine(answer)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(writing, path);
  syncFolder(folder);
  return path;
}

/** A new name is on the disk only when its folder is. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
