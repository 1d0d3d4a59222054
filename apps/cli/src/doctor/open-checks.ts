import { setTimeout as delay } from 'node:timers/promises';
import process from 'node:process';
import type { Ledger } from '@salio/ledger';
import { judgeNode } from './checks/node-version.ts';
import type { Check } from './finding.ts';
import { keyChecks } from './key-checks.ts';
import { ledgerChecks, openForLooks } from './ledger-checks.ts';
import type { ReadSetting } from './look.ts';
import { providerChecks } from './provider-checks.ts';
import { redisChecks } from './redis-checks.ts';

/** All checks, and the connections that they make. */
export interface Checks extends AsyncDisposable {
  readonly checks: readonly Check[];
}

/** A connection that does not end by itself is left to the end of the process, ms. */
const CLOSE_MS = 1_000;

/** Nothing is connected before the first look. */
export function openChecks(read: ReadSetting, timeoutMs: number): Checks {
  const ledgers = new Map<string, Ledger>();
  const open = (setting: 'DATABASE_URL' | 'OWNER_DATABASE_URL') => {
    const ledger = ledgers.get(setting) ?? openForLooks(read(setting) ?? '', timeoutMs);
    ledgers.set(setting, ledger);
    return ledger;
  };
  return {
    checks: [
      { name: 'node', look: async () => judgeNode(process.versions.node) },
      ...providerChecks(read, timeoutMs),
      ...keyChecks(read, () => (read('DATABASE_URL') ? open('DATABASE_URL') : undefined)),
      ...redisChecks(read, timeoutMs),
      ...ledgerChecks(read, open),
    ],
    [Symbol.asyncDispose]: async () => {
      const closing = [...ledgers.values()].map((ledger) => ledger[Symbol.asyncDispose]());
      await Promise.race([Promise.allSettled(closing), delay(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}
