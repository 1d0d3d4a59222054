import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import {
  type LocalServices,
  type LocalServicesOptions,
  startLocalServices,
  type System,
} from '@salio/testkit';
import { compare, type Comparison } from '../src/compare.ts';
import { makeRows, writeFile, type MadeRow } from '../src/recipients-file.ts';

/** A folder of the test file's own, from before its first test until after its last. */
let folder: string;
/** Postgres and Redis of the test file's own, for tests that break them. */
export let services: LocalServices;

export function useFolder(): void {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'salio-e2e-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
}

export function useOwnServices(options: Omit<LocalServicesOptions, 'given'> = {}): void {
  beforeAll(async () => {
    services = await startLocalServices({ ...options, given: 'ignore' });
  });
  afterAll(() => services[Symbol.asyncDispose]());
}

export function inFolder(name: string): string {
  return join(folder, name);
}

/** A file of these rows; of a number, so many as `makeRows` makes under this name. */
export async function fileOf(name: string, rows: number | Iterable<MadeRow>): Promise<string> {
  const file = inFolder(`${name}.csv`);
  await writeFile(file, typeof rows === 'number' ? makeRows(rows, name) : rows);
  return file;
}

/** Expects that file, ledger and book agree on a batch that `fileOf` made, and that nothing was credited twice. */
export async function expectAgreement(
  system: System,
  name: string,
  rows: number,
): Promise<Comparison> {
  const found = await compare(makeRows(rows, name), name, {
    ownerUrl: system.database.ownerUrl,
    simulatorUrl: system.simulatorUrl,
  });
  expect(found.problems).toEqual([]);
  expect(found.book.creditedTwice).toBe(0);
  return found;
}
