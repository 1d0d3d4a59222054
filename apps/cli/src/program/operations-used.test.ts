import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exports, operations } from '@salio/operations';
import { expect, it } from 'vitest';

/** Where commands are carried out. */
const FOLDERS = ['../commands', '../submission'].map((name) => join(import.meta.dirname, name));

const text = FOLDERS.flatMap((folder) =>
  readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')),
).join('\n');

it('has a command for every operation', () => {
  const asked = new Set(
    [...text.matchAll(/\.ask(?:Upload)?\(\s*operations\.(\w+)/g)].map(([, name]) => name),
  );
  expect(Object.keys(operations).filter((name) => !asked.has(name))).toEqual([]);
});

it('writes every file that can be had', () => {
  const asked = new Set([...text.matchAll(/\.export\(\s*exports\.(\w+)/g)].map(([, name]) => name));
  expect(Object.keys(exports).filter((kind) => !asked.has(kind))).toEqual([]);
});
