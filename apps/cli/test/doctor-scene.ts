import { startLocalServices, startSystem, type LocalServices, type System } from '@salio/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { openChecks } from '../src/doctor/open-checks.ts';
import { runChecks, type CheckResult } from '../src/doctor/run-checks.ts';
import type { FoundSetting } from '../src/settings.ts';

type Given = Partial<Readonly<Record<FoundSetting, string>>>;

/** Durable servers of the test file's own, which it may spoil, with a ledger, a source and the provider's stand-in. */
export let services: LocalServices;
export let system: System;
export let owner: Client;
let given: Given;

/** Starting two servers and some processes takes seconds, on a busy machine many. */
const STARTED_MS = 120_000;

export function useScene(): void {
  beforeAll(async () => {
    services = await startLocalServices({ durability: 'durable', given: 'ignore' });
    system = await startSystem(services, { workers: 0, schedulers: 0 });
    owner = new Client({ connectionString: system.database.ownerUrl });
    await owner.connect();
    given = {
      ...system.cli,
      DATABASE_URL: system.database.appUrl,
      AIRTIME_USERNAME: 'salio-demo',
      AIRTIME_API_KEY: 'demo-key',
      AIRTIME_BASE_URL: system.simulatorUrl,
    };
  }, STARTED_MS);
  afterAll(async () => {
    await owner?.end();
    await system?.[Symbol.asyncDispose]();
    await services?.[Symbol.asyncDispose]();
  });
}

/** What the doctor finds, by check: with the settings of the scene, those that are named changed. An empty one is absent. */
export async function findings(
  changed: Given = {},
  timeoutMs = 10_000,
): Promise<Readonly<Record<string, CheckResult>>> {
  const settings = { ...given, ...changed };
  await using opened = openChecks((name) => settings[name] || undefined, timeoutMs);
  const results = await runChecks(opened.checks, timeoutMs * 2);
  return Object.fromEntries(results.map((result) => [result.check, result]));
}

/** Everything that nobody may read in what the doctor says. */
export function secrets(): string[] {
  const { LEDGER_PRIVATE_KEY: ledgerKey = '', SOURCE_CREDENTIAL: credential = '{}' } = given;
  const { privateKey } = JSON.parse(credential) as { privateKey: string };
  return [ledgerKey, privateKey, 'demo-key', services.password];
}

/** The administrator's URL, of another database. */
export function urlOf(database: string): string {
  const url = new URL(system.database.ownerUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** A statement of the administrator, undone at the end of `work`. */
export async function spoiled(
  statement: string,
  undo: string,
  work: () => Promise<void>,
): Promise<void> {
  await owner.query(statement);
  try {
    await work();
  } finally {
    await owner.query(undo);
  }
}
