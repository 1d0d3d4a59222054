import { isTest, lineAt, unitOf, type SourceFile, type Violation } from './file.ts';
import { mask, type Masked } from './mask.ts';

/** Something that must not stand in the code, and where it may all the same. */
interface Ban {
  readonly rule: string;
  readonly pattern: RegExp;
  /** Which reading of the file the pattern is held against. Default `code`. */
  readonly reads?: keyof Masked;
  readonly where: (path: string) => boolean;
  /** Whether a comment "safe because …" on the line, or up to three lines above it, allows it. */
  readonly unlessExplained?: boolean;
  readonly advice: string;
}

const everywhere = () => true;
const isIn =
  (...units: string[]) =>
  (path: string) =>
    units.includes(unitOf(path) ?? '');
const isTestkit = isIn('packages/testkit');
const isE2e = isIn('apps/e2e');
const talksToPeople = isIn('apps/cli', 'apps/e2e', 'apps/bench', 'packages/testkit');

/** Row by row what this house does without. */
const BANS: readonly Ban[] = [
  {
    rule: 'environment',
    pattern:
      /\bprocess\s*\.\s*env\b|\bprocess\s*\[|\bimport\.meta\.env\b|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/g,
    where: (path) =>
      path !== 'packages/runtime/src/settings.ts' && !isTestkit(path) && !isTest(path),
    advice:
      'take the setting as an argument; only packages/runtime/src/settings.ts reads the environment',
  },
  {
    rule: 'float',
    pattern: /\bparseFloat\s*\(/g,
    where: everywhere,
    unlessExplained: true,
    advice: 'parse money to a bigint; for anything else say in a comment: safe because …',
  },
  {
    rule: 'float',
    pattern: /\bNumber\s*\(\s*[\w.]*(amount|money|cost|discount|balance|float|sum)s?\b/gi,
    where: everywhere,
    unlessExplained: true,
    advice: 'keep money a bigint; for a display or a metric say in a comment: safe because …',
  },
  {
    rule: 'cast',
    pattern: /(?<![.\w])as\s+(?!const\b)[\w{[(]/g,
    where: (path) => !isTest(path),
    unlessExplained: true,
    advice: 'narrow the type, or say in a comment above the cast: safe because …',
  },
  {
    rule: 'sleep',
    pattern: /\bsetTimeout\s*\(|\bscheduler\s*\.\s*wait\s*\(/g,
    where: isTest,
    unlessExplained: true,
    advice: 'wait with eventually(…), or call runOnce; a test does not sleep',
  },
  {
    rule: 'sleep',
    pattern: /['"](node:)?timers\/promises['"]/g,
    reads: 'uncommented',
    where: (path) => isTest(path) && !path.includes('/house/'),
    unlessExplained: true,
    advice: 'wait with eventually(…), or call runOnce; a test does not sleep',
  },
  {
    rule: 'flush',
    pattern: /\bflush(all|db)\b/gi,
    reads: 'uncommented',
    where: (path) =>
      !isE2e(path) && !isTest(path) && !path.startsWith('packages/testkit/src/house/'),
    advice: 'delete your own keys only: the Redis may be shared',
  },
  {
    rule: 'console',
    pattern: /\bconsole\s*\./g,
    where: (path) => !talksToPeople(path),
    advice: 'log an event through the log that was given to you',
  },
  {
    rule: 'empty catch',
    pattern: /\bcatch\s*(\([^)]*\)\s*)?\{\s*\}|\.catch\(\s*(\(\w*\)|\w+)\s*=>\s*\{\s*\}\s*\)/g,
    where: everywhere,
    advice: 'handle the error, return a value that says what it means, or let it go on',
  },
  {
    rule: 'unrun test',
    pattern:
      /\b(it|test|describe|suite|bench)(\s*\.\s*\w+(\([^()]*\))?)*\s*\.\s*(only|skip|todo|skipIf|runIf)\b/g,
    where: isTest,
    advice: 'run it or delete it: a test that does not run proves nothing',
  },
  {
    rule: 'unfinished',
    pattern: /\b(TODO|FIXME|XXX)\b/g,
    reads: 'comments',
    where: everywhere,
    advice: 'do it, or write it down outside the code',
  },
];

const EXPLAINED_WITHIN_LINES = 3;

export function checkBans(file: SourceFile): Violation[] {
  const bans = BANS.filter((ban) => ban.where(file.path));
  const readings = mask(file.text);
  const lines = file.text.split('\n');
  return bans.flatMap(({ rule, pattern, reads = 'code', unlessExplained = false, advice }) =>
    [...withoutImports(readings[reads], rule).matchAll(pattern)].flatMap((match) => {
      const line = lineAt(file.text, match.index);
      if (unlessExplained && isExplained(lines, line)) return [];
      return [{ path: file.path, line, rule, advice }];
    }),
  );
}

function isExplained(lines: readonly string[], line: number): boolean {
  const near = lines.slice(Math.max(0, line - 1 - EXPLAINED_WITHIN_LINES), line);
  return near.some((text) => /\/[/*].*\bsafe because\b/i.test(text));
}

/** `import { a as b }` renames and casts nothing. */
function withoutImports(text: string, rule: string): string {
  if (rule !== 'cast') return text;
  return text.replaceAll(
    /^(import|export)\b(\s+type)?\s*(\*|\{[^}]*\}|\w+\s*,\s*\{[^}]*\})[^;]*;/gm,
    (found) => found.replaceAll(/[^\n]/g, ' '),
  );
}
