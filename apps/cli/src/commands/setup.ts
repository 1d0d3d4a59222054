import { migrateLedger } from '@salio/ledger';
import { generateKeys } from '@salio/queue';
import type { Output } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { settings } from '../settings.ts';

export async function migrate({ json }: Output): Promise<void> {
  const migrations = await migrateLedger(settings.ownerUrl());
  if (json) printJson({ migrations });
  else printLine(`The ledger is at migration ${migrations}.`);
}

/** A private key for LEDGER_PRIVATE_KEY. Whoever has it can sign verdicts. */
export function makeLedgerKey({ json }: Output): void {
  const { privateKey, publicKey } = generateKeys();
  if (json) printJson({ privateKey, publicKey });
  else printLine(privateKey);
}
