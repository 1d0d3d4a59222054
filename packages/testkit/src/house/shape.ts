import { basename, dirname } from 'node:path';
import { isTest, type SourceFile, type Violation } from './file.ts';

/** A file that needs more holds more than one thing. Tests list cases, so they get more. */
const MAX_LINES = 300;
const MAX_TEST_LINES = 400;

/** Names that say nothing, so that everything ends up there. */
const EMPTY_NAMES = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'types',
  'misc',
  'shared',
]);

/** Length and name of a file. */
export function checkShape(file: SourceFile): Violation[] {
  const violations: Violation[] = [];
  const lines = file.text.trimEnd().split('\n').length;
  const limit = isTest(file.path) ? MAX_TEST_LINES : MAX_LINES;
  if (lines > limit) {
    const advice = `split it: ${lines} lines, at most ${limit}`;
    violations.push({ path: file.path, line: limit + 1, rule: 'length', advice });
  }
  const name = basename(file.path).replace(/(\.(full|test|d))*\.[a-z]+$/, '');
  for (const word of [name, ...dirname(file.path).split('/')]) {
    if (!EMPTY_NAMES.has(word)) continue;
    const advice = `name it by the thing that it holds, not "${word}"`;
    violations.push({ path: file.path, line: 1, rule: 'name', advice });
  }
  return violations;
}
