import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openJournal } from './journal.ts';

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'salio-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'book');
}

function linesOf(path: string): string[] {
  const lines: string[] = [];
  openJournal(path, (line) => lines.push(line))[Symbol.dispose]();
  return lines;
}

it('says that it saved only when the file has the lines', async () => {
  const path = file();
  using journal = openJournal(path, () => undefined);
  journal.append('one');
  const saved = journal.saved();
  journal.append('two');
  expect(readFileSync(path, 'utf8')).not.toContain('one');
  await saved;
  expect(readFileSync(path, 'utf8')).toContain('one\ntwo\n');
});

it('waits anew for lines that came after it saved', async () => {
  const path = file();
  using journal = openJournal(path, () => undefined);
  await journal.saved();
  for (const line of ['one', 'two']) {
    journal.append(line);
    await journal.saved();
    expect(readFileSync(path, 'utf8')).toContain(`${line}\n`);
  }
});

it('writes what waits when it is closed', () => {
  const path = file();
  const journal = openJournal(path, () => undefined);
  journal.append('one');
  journal[Symbol.dispose]();
  expect(linesOf(path)).toEqual(['one']);
});

it('reads back lines of any length, across the blocks that it reads', () => {
  const path = file();
  const lines = Array.from({ length: 3000 }, (_, number) => `${number} ${'é'.repeat(number)}`);
  const journal = openJournal(path, () => undefined);
  for (const line of lines) journal.append(line);
  journal[Symbol.dispose]();
  expect(linesOf(path)).toEqual(lines);
});

it('forgets what was written and what waits', async () => {
  const path = file();
  const journal = openJournal(path, () => undefined);
  journal.append('one');
  await journal.saved();
  journal.append('two');
  journal.clear();
  journal.append('three');
  journal[Symbol.dispose]();
  expect(linesOf(path)).toEqual(['three']);
});
