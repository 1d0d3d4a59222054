import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operations } from '@salio/operations';
import { expect, it } from 'vitest';

const COMMANDS = join(import.meta.dirname, '../commands');

/** Operations that no command asks for, and why. */
const WITHOUT_COMMAND: Readonly<Record<string, string>> = {
  readControls: 'what is stopped stands above `batches`, which reads the database for now',
};

it('has a command for every operation, or says why not', () => {
  const text = readdirSync(COMMANDS)
    .map((name) => readFileSync(join(COMMANDS, name), 'utf8'))
    .join('\n');
  const asked = new Set([...text.matchAll(/\boperations\.(\w+)/g)].map(([, name]) => name));
  const missing = Object.keys(operations).filter((name) => !asked.has(name));
  expect(missing).toEqual(Object.keys(WITHOUT_COMMAND));
});
