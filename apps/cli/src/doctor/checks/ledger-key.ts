import { fail, ok, type Finding } from '../finding.ts';

/** What is known of LEDGER_PRIVATE_KEY without showing it; undefined where it can't be read as a key. */
export function judgeLedgerKey(publicKey: string | undefined): Finding {
  if (publicKey === undefined) {
    return fail(
      'LEDGER_PRIVATE_KEY is no Ed25519 key in base64url',
      'give what salio keygen printed, whole',
    );
  }
  return ok(`its public half is ${publicKey}`);
}
