/** Holds the house rules against the whole workspace; a line per violation. */
import { join } from 'node:path';
import process from 'node:process';
import { checkHouse, describeViolation } from './house/rules.ts';
import { readTree } from './house/tree.ts';

const files = readTree(join(import.meta.dirname, '../../..'));
const violations = checkHouse(files);
for (const violation of violations) process.stdout.write(`${describeViolation(violation)}\n`);
process.stdout.write(`${files.length} files, ${violations.length} violations\n`);
// No file at all is a mistake of the reader, not a tidy house.
process.exitCode = violations.length === 0 && files.length > 0 ? 0 : 1;
