import { addSource, migrateLedger, readLedgerId } from '@salio/ledger';
import { formatCredential, generateKeys, publicKeyOf, readPrivateKey } from '@salio/queue';
import { withLedger, type Output } from '../context.ts';
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

/** Makes a source and prints its credential, once: the private key is kept nowhere else. */
export async function addSourceCommand(name: string, { json }: Output): Promise<void> {
  const ledgerPublicKey = publicKeyOf(readPrivateKey(settings.ledgerKey()));
  const credential = await withLedger(async (ledger) => {
    const { privateKey, publicKey } = generateKeys();
    const ledgerId = await readLedgerId(ledger);
    await addSource(ledger, { name, publicKey, operator: settings.operator() });
    return formatCredential({ ledgerId, source: name, privateKey, ledgerPublicKey });
  });
  if (json) printJson({ source: name, credential });
  else printLine(credential);
}
