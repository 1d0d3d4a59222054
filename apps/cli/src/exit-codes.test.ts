import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXIT, EXIT_MEANINGS } from './exit-codes.ts';

const README = new URL('../../../README.md', import.meta.url);

it('says what each exit code means', () => {
  const codes = Object.keys(EXIT_MEANINGS).map(Number);
  expect(codes).toEqual(Object.values(EXIT));
});

it('has the exit codes that the README tells', () => {
  const [, chapter = ''] = readFileSync(README, 'utf8').split('\n### Exit codes\n');
  const rows = [...(chapter.split('\n## ')[0] ?? '').matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)];
  const told = Object.fromEntries(rows.map(([, code, meaning]) => [code, meaning]));
  expect(told).toEqual(EXIT_MEANINGS);
});
