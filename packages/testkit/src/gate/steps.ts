/** One check of the gate: a program that ends with 0 where all is well. */
export interface Step {
  readonly name: string;
  /** A program of the workspace (node_modules/.bin), or a module for node where it ends with .ts. */
  readonly program: string;
  readonly args: readonly string[];
  /** Arguments with which it mends what it can; absent where a person must. */
  readonly fix?: readonly string[];
}

/** In this order; each says something that the others can't. */
export const STEPS: readonly Step[] = [
  { name: 'format', program: 'oxfmt', args: ['--check', '.'], fix: ['.'] },
  {
    name: 'lint',
    program: 'oxlint',
    args: ['--type-aware', '--deny-warnings', '--format=unix'],
    fix: ['--type-aware', '--fix'],
  },
  {
    name: 'types',
    program: 'turbo',
    args: ['run', 'types', '--output-logs=errors-only', '--log-order=grouped', '--continue'],
  },
  { name: 'root types', program: 'tsc', args: ['--noEmit'] },
  { name: 'unused', program: 'knip', args: ['--no-progress', '--no-config-hints'] },
  { name: 'house', program: 'packages/testkit/src/house.ts', args: [] },
];
