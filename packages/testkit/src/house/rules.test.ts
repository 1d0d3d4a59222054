import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkHouse, describeViolation } from './rules.ts';
import { readTree } from './tree.ts';

const LEDGER = 'packages/ledger/src/claim.ts';
const LEDGER_TEST = 'packages/ledger/test/claim.test.ts';

/** The rules that a file of this text at this place breaks. */
function broken(path: string, text: string): string[] {
  return checkHouse([{ path, text }]).map(({ rule, line }) => `${rule}:${line}`);
}

describe('the workspace', () => {
  it('keeps the house rules: its arrows point down, through one door', () => {
    const files = readTree(join(import.meta.dirname, '../../../..'));
    expect(files.length).toBeGreaterThan(0);
    expect(checkHouse(files).map(describeViolation)).toEqual([]);
  });
});

describe('the arrows', () => {
  const forbidden: readonly (readonly [path: string, name: string])[] = [
    ['packages/domain/src/line.ts', '@salio/ledger'],
    [LEDGER, '@salio/queue'],
    [LEDGER, '@salio/testkit'],
    ['packages/testkit/src/database.ts', '@salio/ledger'],
    ['packages/runtime/src/log.ts', '@salio/domain'],
    ['packages/producer/src/submit.ts', '@salio/ledger'],
    ['apps/worker/src/main.ts', '@salio/producer'],
    ['apps/worker/src/main.ts', '@salio/scheduler'],
    ['apps/simulator/src/send.ts', '@salio/domain'],
    ['apps/e2e/src/compare.ts', '@salio/ledger'],
    ['apps/e2e/src/compare.ts', '@salio/domain'],
    [LEDGER_TEST, '@salio/simulator'],
  ];
  it.each(forbidden)('lets no %s import %s', (path, name) => {
    expect(broken(path, `import { a } from '${name}';`)).toEqual(['arrows:1']);
  });

  const allowed: readonly (readonly [path: string, name: string])[] = [
    [LEDGER, '@salio/domain'],
    [LEDGER_TEST, '@salio/testkit'],
    ['packages/airtime/test/contract.test.ts', '@salio/simulator'],
    ['apps/cli/src/submit.ts', '@salio/producer'],
    ['apps/e2e/src/demo.ts', '@salio/testkit'],
    [LEDGER, 'drizzle-orm'],
  ];
  it.each(allowed)('lets %s import %s', (path, name) => {
    expect(broken(path, `import { a } from '${name}';`)).toEqual([]);
  });

  it('sees every form of import, on its line', () => {
    const text = [
      `export type { A } from '@salio/queue';`,
      `import '@salio/queue';`,
      `import {\n  a,\n  b,\n} from '@salio/queue';`,
      `const c = await import('@salio/queue');`,
    ].join('\n');
    expect(broken(LEDGER, text)).toEqual(['arrows:1', 'arrows:2', 'arrows:6', 'arrows:7']);
  });

  it('says nothing of an import in a comment or a string', () => {
    expect(broken(LEDGER, `// import '@salio/queue'\nf("import '@salio/queue'");`)).toEqual([]);
  });

  it('asks for a row in the table where a package has none', () => {
    expect(broken('packages/novel/src/a.ts', '')).toEqual(['arrows:1']);
  });

  it('lets nobody in but through the door', () => {
    expect(broken(LEDGER, `import { a } from '@salio/domain/src/line.ts';`)).toEqual(['door:1']);
    expect(broken(LEDGER, `import { a } from '../../domain/src/line.ts';`)).toEqual(['door:1']);
    expect(broken('packages/ledger/src/send/a.ts', `import { a } from '../sql.ts';`)).toEqual([]);
  });
});

describe('the bans', () => {
  const catching: readonly (readonly [rule: string, path: string, text: string])[] = [
    ['environment', LEDGER, `const url = process.env['DATABASE_URL'];`],
    ['environment', 'apps/worker/src/main.ts', `const { env } = process;`],
    ['float', LEDGER, `parseFloat(text)`],
    ['float', LEDGER_TEST, `Number.parseFloat(text)`],
    ['float', LEDGER, `Number(line.amount)`],
    ['cast', LEDGER, `const id = text as BatchId;`],
    ['cast', LEDGER, `const id = 'x' as BatchId;`],
    ['sleep', LEDGER_TEST, `await new Promise((r) => setTimeout(r, 100));`],
    ['sleep', LEDGER_TEST, `import { setTimeout as sleep } from 'node:timers/promises';`],
    ['flush', 'packages/queue/src/connection.ts', `await redis.flushall();`],
    ['flush', 'apps/cli/src/main.ts', `await redis.call('FLUSHALL');`],
    ['console', LEDGER, `console.log(a);`],
    ['empty catch', LEDGER, `try { f(); } catch {}`],
    ['empty catch', LEDGER, `try { f(); } catch (error) { /* never mind */ }`],
    ['empty catch', LEDGER, `await f().catch(() => {});`],
    ['unrun test', LEDGER_TEST, `it.only('pays once', f);`],
    ['unrun test', LEDGER_TEST, `describe.skip('claims', f);`],
    ['unrun test', LEDGER_TEST, `it.each(rows).skip('claims', f);`],
    ['unfinished', LEDGER, `// TODO: later`],
  ];
  it.each(catching)('%s: in %s, %s', (rule, path, text) => {
    expect(broken(path, text)).toEqual([`${rule}:1`]);
  });

  const passing: readonly (readonly [path: string, text: string])[] = [
    ['packages/runtime/src/settings.ts', `f(process.env);`],
    ['packages/testkit/src/services.ts', `process.env['HOME']`],
    [LEDGER_TEST, `process.env['HOME']`],
    [LEDGER, `// parseFloat would lose digits\nparse(text);`],
    [LEDGER, `// safe because a gauge needs no exact number\nNumber(amount);`],
    [LEDGER, `const id = text as BatchId; // safe because the column is checked`],
    [LEDGER, `const kinds = ['a', 'b'] as const;`],
    [LEDGER, `import {\n  a as b,\n} from './sql.ts';\nexport { c as d } from './sql.ts';`],
    [LEDGER, `import * as schema from './sql.ts';`],
    [LEDGER, 'sql`SELECT 1 as one`'],
    [LEDGER, `setTimeout(stop, graceMs);`],
    [LEDGER, `const none = 'XXX'; // ISO 4217 for no currency`],
    [LEDGER, `Number(summary.lines)`],
    ['apps/e2e/test/torture.test.ts', `await redis.flushall();`],
    ['apps/cli/src/main.ts', `console.log(a);`],
    [LEDGER, `await f().catch(() => undefined);`],
    [LEDGER_TEST, `it('does it only once', () => f.skip());`],
  ];
  it.each(passing)('lets pass: in %s, %s', (path, text) => {
    expect(broken(path, text)).toEqual([]);
  });
});

describe('the shape of a file', () => {
  it('is at most 300 lines long, 400 for tests', () => {
    const lines = (count: number) => 'a;\n'.repeat(count);
    expect(broken(LEDGER, lines(300))).toEqual([]);
    expect(broken(LEDGER, lines(301))).toEqual(['length:301']);
    expect(broken(LEDGER_TEST, lines(400))).toEqual([]);
    expect(broken(LEDGER_TEST, lines(401))).toEqual(['length:401']);
  });

  it('has a name that says what it holds', () => {
    expect(broken('packages/ledger/src/utils.ts', '')).toEqual(['name:1']);
    expect(broken('packages/ledger/src/helpers/money.ts', '')).toEqual(['name:1']);
    expect(broken('packages/ledger/src/money.ts', '')).toEqual([]);
  });
});

it('names the place and what to do about it', () => {
  const [violation] = checkHouse([{ path: LEDGER, text: '\nconsole.log(a);' }]);
  expect(violation && describeViolation(violation)).toBe(
    `${LEDGER}:2  console: log an event through the log that was given to you`,
  );
});
