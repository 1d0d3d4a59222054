import { defineConfig } from 'vitest/config';

const setup = ['packages/testkit/src/vitest-setup.ts'];
const full = '**/*.full.test.ts';
const docker = '**/*.docker.test.ts';
const elsewhere = ['**/node_modules/**', full, docker];

export default defineConfig({
  test: {
    // Two cores, shared with Postgres and Redis.
    maxWorkers: 2,
    // A run that finds no test is a mistake of whoever started it.
    passWithNoTests: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts'],
          exclude: elsewhere,
          // Properties are tried on hundreds of values, beside whole systems that take both cores.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts'],
          exclude: [...elsewhere, 'apps/e2e/**'],
          globalSetup: setup,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['apps/e2e/test/**/*.test.ts'],
          exclude: elsewhere,
          globalSetup: setup,
          testTimeout: 120_000,
          // A whole system starts there, and people get their keys by the command line.
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          // Minutes, not seconds: only `npm run test:full` selects it.
          name: 'full',
          include: [`{packages,apps}/${full}`],
          globalSetup: setup,
          testTimeout: 1_800_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          // Needs a Docker engine: only `npm run test:docker` selects it.
          name: 'docker',
          include: [`{packages,apps}/${docker}`],
          // After all others: a whole system beside them would be too much for two cores.
          sequence: { groupOrder: 1 },
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
