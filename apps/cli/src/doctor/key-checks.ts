import { listSources, readLedgerId, readSourceKeys, type Ledger } from '@salio/ledger';
import {
  CredentialInvalid,
  KeyInvalid,
  parseCredential,
  publicKeyOf,
  readPrivateKey,
  type Credential,
} from '@salio/queue';
import { judgeCredential, type LedgerOfCredential } from './checks/credential.ts';
import { judgeLedgerKey } from './checks/ledger-key.ts';
import { fail, type Check, type Finding } from './finding.ts';
import { withSetting, type ReadSetting } from './look.ts';

/** `open` gives the ledger; undefined where DATABASE_URL is not set. */
export function keyChecks(read: ReadSetting, open: () => Ledger | undefined): Check[] {
  return [
    {
      name: 'ledger key',
      look: () =>
        withSetting(read, 'LEDGER_PRIVATE_KEY', (text) => judgeLedgerKey(publicHalf(text))),
    },
    {
      name: 'credential',
      look: () =>
        withSetting(read, 'SOURCE_CREDENTIAL', (text) => lookAtCredential(read, text, open)),
    },
  ];
}

async function lookAtCredential(
  read: ReadSetting,
  text: string,
  open: () => Ledger | undefined,
): Promise<Finding> {
  let credential: Credential;
  try {
    credential = parseCredential(text);
  } catch (error) {
    if (!(error instanceof CredentialInvalid)) throw error;
    return fail(error.message, 'give what salio source add printed, one line, in single quotes');
  }
  const { ledgerId, source, privateKey, ledgerPublicKey } = credential;
  const ledgerKey = read('LEDGER_PRIVATE_KEY');
  return judgeCredential({
    ledgerId,
    source,
    publicKey: publicKeyOf(privateKey),
    ledgerPublicKey: publicKeyOf(ledgerPublicKey),
    keyOfLedger: ledgerKey === undefined ? undefined : publicHalf(ledgerKey),
    ledger: await askLedger(open, source),
  });
}

async function askLedger(
  open: () => Ledger | undefined,
  name: string,
): Promise<LedgerOfCredential | string> {
  const ledger = open();
  if (!ledger) return 'DATABASE_URL is not set';
  try {
    const ledgerId = await readLedgerId(ledger);
    const found = (await listSources(ledger)).find((source) => source.name === name);
    if (!found) return { ledgerId, source: undefined };
    const { revokedAt, previousUntil } = found;
    const keys = await readSourceKeys(ledger, name);
    return { ledgerId, source: { revoked: revokedAt !== undefined, keys, previousUntil } };
  } catch {
    // Why is said by the checks of Postgres.
    return 'it does not answer';
  }
}

function publicHalf(text: string): string | undefined {
  try {
    return publicKeyOf(readPrivateKey(text));
  } catch (error) {
    if (!(error instanceof KeyInvalid)) throw error;
    return undefined;
  }
}
