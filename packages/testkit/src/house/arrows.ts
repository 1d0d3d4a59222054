import { dirname, posix } from 'node:path';
import { isTest, lineAt, unitOf, type SourceFile, type Violation } from './file.ts';
import { mask } from './mask.ts';

interface Arrows {
  /** What its own code may import of the workspace. */
  readonly imports: readonly string[];
  /** What its tests may import besides. */
  readonly tests?: readonly string[];
  /** Why, where the table alone does not say it. */
  readonly because?: string;
}

/** Every test may use testkit. */
const IN_ANY_TEST = ['testkit'];
const COMPOSED = ['domain', 'ledger', 'airtime', 'queue', 'runtime'];

/**
 * Who may import whom. Arrows point down only: apps compose packages, packages know the domain, the domain knows nothing.
 * Apps don't import each other.
 */
const ARROWS: Readonly<Record<string, Arrows>> = {
  'packages/domain': { imports: [] },
  'packages/ledger': { imports: ['domain'] },
  'packages/airtime': { imports: ['domain'], tests: ['simulator'] },
  'packages/queue': { imports: ['domain'] },
  'packages/producer': { imports: ['queue', 'domain'] },
  'packages/csv': { imports: ['domain'] },
  'packages/operations': { imports: ['domain', 'csv', 'ledger', 'airtime', 'queue'] },
  'packages/runtime': { imports: [] },
  'packages/testkit': { imports: [], because: 'the tests of all others use it' },
  'apps/worker': { imports: COMPOSED },
  'apps/scheduler': { imports: COMPOSED },
  'apps/ops': { imports: [...COMPOSED, 'csv', 'operations'] },
  'apps/cli': { imports: [...COMPOSED, 'csv', 'operations', 'producer'] },
  'apps/simulator': {
    imports: ['runtime'],
    because: 'a stand-in that shares our code shares our mistakes',
  },
  'apps/bench': {
    imports: ['testkit', 'domain', 'ledger', 'queue', 'producer'],
    because: 'it runs the apps as they ship, as processes',
  },
  'apps/e2e': {
    imports: ['runtime', 'testkit', 'producer', 'queue'],
    because:
      'it compares the provider with the ledger: with the code of either it would prove nothing',
  },
};

const IMPORT = /\b(?:from|import|require|mock|doMock|importActual)\s*\(?\s*['"]([^'"\n]+)['"]/g;

/** Arrows of the table, one door per package, and no way around the door. */
export function checkArrows(file: SourceFile): Violation[] {
  const unit = unitOf(file.path);
  if (unit === undefined) return [];
  const arrows = ARROWS[unit];
  if (!arrows) {
    const advice = `say in the table of arrows (packages/testkit/src/house/arrows.ts) what ${unit} may import`;
    return [{ path: file.path, line: 1, rule: 'arrows', advice }];
  }
  return importsOf(file.text).flatMap(({ name, line }) => {
    const problem = name.startsWith('.')
      ? leaving(file.path, unit, name)
      : forbidden(file.path, unit, arrows, name);
    return problem ? [{ path: file.path, line, ...problem }] : [];
  });
}

function importsOf(text: string): { name: string; line: number }[] {
  const { uncommented, code } = mask(text);
  return [...uncommented.matchAll(IMPORT)].flatMap((match) => {
    // Where the word itself is inside a string, nothing is imported.
    if (code.charAt(match.index) === ' ') return [];
    return [{ name: match[1] ?? '', line: lineAt(text, match.index) }];
  });
}

type Problem = Pick<Violation, 'rule' | 'advice'>;

function leaving(path: string, unit: string, name: string): Problem | undefined {
  const target = posix.join(dirname(path), name);
  if (target.startsWith(`${unit}/`)) return undefined;
  return { rule: 'door', advice: `import the package by its name instead of ${name}` };
}

function forbidden(path: string, unit: string, arrows: Arrows, name: string): Problem | undefined {
  const [, wanted = '', inside] = /^@salio\/([^/]+)(\/.*)?$/.exec(name) ?? [];
  if (wanted === '') return undefined;
  if (inside !== undefined) {
    return { rule: 'door', advice: `import @salio/${wanted}: its index.ts is its only door` };
  }
  const allowed = isTest(path)
    ? [...arrows.imports, ...(arrows.tests ?? []), ...IN_ANY_TEST]
    : arrows.imports;
  if (allowed.includes(wanted) || unit.endsWith(`/${wanted}`)) return undefined;
  const because = arrows.because ? ` (${arrows.because})` : '';
  const may = allowed.length > 0 ? allowed.join(', ') : 'nothing of ours';
  return {
    rule: 'arrows',
    advice: `${unit} must not import @salio/${wanted}; it may: ${may}${because}`,
  };
}
