import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createSubmissionProgress } from './of-submission.ts';

const folder = mkdtempSync(join(tmpdir(), 'salio-progress-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What is said after 30 s of reading a file of so many bytes at 1,000 rows and bytes a second, the line before it is long ago. */
function saidOf(file: string): string | undefined {
  const written: string[] = [];
  const clock = { ms: 0 };
  const stream = { write: (text: string) => written.push(text) };
  const progress = createSubmissionProgress(file, true, { stream, nowMs: () => clock.ms });
  for (; clock.ms <= 30_000; clock.ms += 500) {
    progress.onBytes(clock.ms);
    progress.onProgress({ rowsRead: clock.ms, pagesSent: 31, pagesAcknowledged: 30 });
  }
  progress[Symbol.dispose]();
  return written.at(-1);
}

it('tells rows, share of the file, rate and what is left', () => {
  const file = join(folder, 'rows.csv');
  writeFileSync(file, 'x'.repeat(74_000));
  expect(saidOf(file)).toBe(
    '30,000 rows read, 40 % of the file, 1,000 a second, 44 s left, 30 of 31 pages in the ledger\n',
  );
});

it('tells no share of what has no size', () => {
  expect(saidOf(join(folder, 'not-there.csv'))).toBe(
    '30,000 rows read, 1,000 a second, 30 of 31 pages in the ledger\n',
  );
});
