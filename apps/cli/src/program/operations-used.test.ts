import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operations } from '@salio/operations';
import { expect, it } from 'vitest';

/** Where commands are carried out. */
const FOLDERS = ['../commands', '../submission'].map((name) => join(import.meta.dirname, name));

it('has a command for every operation', () => {
  const text = FOLDERS.flatMap((folder) =>
    readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')),
  ).join('\n');
  const asked = new Set(
    [...text.matchAll(/\.ask(?:Upload)?\(\s*operations\.(\w+)/g)].map(([, name]) => name),
  );
  expect(Object.keys(operations).filter((name) => !asked.has(name))).toEqual([]);
});
