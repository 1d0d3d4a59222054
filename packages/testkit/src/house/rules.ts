import { checkArrows } from './arrows.ts';
import { checkBans } from './bans.ts';
import type { SourceFile, Violation } from './file.ts';
import { checkShape } from './shape.ts';

/** What the linter can't know of this house, held against every file. In order of path and line. */
export function checkHouse(files: readonly SourceFile[]): Violation[] {
  return files
    .flatMap((file) => [...checkArrows(file), ...checkBans(file), ...checkShape(file)])
    .toSorted((a, b) => a.path.localeCompare(b.path, 'en') || a.line - b.line);
}

/** `path:line  rule: advice`, as editors and people find it. */
export function describeViolation({ path, line, rule, advice }: Violation): string {
  return `${path}:${line}  ${rule}: ${advice}`;
}
