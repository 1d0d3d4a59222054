import { fail, ok, warn, type Finding } from '../finding.ts';

/** What is known of SOURCE_CREDENTIAL without showing it. Public keys are texts. */
export interface CredentialLook {
  readonly ledgerId: string;
  readonly source: string;
  readonly publicKey: string;
  readonly ledgerPublicKey: string;
  /** Of LEDGER_PRIVATE_KEY, where that is set and can be read. */
  readonly keyOfLedger: string | undefined;
  /** What the ledger knows of it, or why it was not asked. */
  readonly ledger: LedgerOfCredential | string;
}

export interface LedgerOfCredential {
  readonly ledgerId: string;
  /** Undefined where the ledger knows no source of that name. */
  readonly source:
    | {
        readonly revoked: boolean;
        /** What it may sign with: the newest key first, then the one before while that is taken. */
        readonly keys: readonly string[];
        readonly previousUntil: Date | undefined;
      }
    | undefined;
}

/** The first thing that is wrong with a credential, in the order in which a submission would meet it. */
export function judgeCredential(look: CredentialLook): Finding {
  const { source: name, keyOfLedger, ledger } = look;
  const asked = typeof ledger !== 'string';
  if (asked && ledger.ledgerId !== look.ledgerId) {
    return fail('it is for another ledger', 'take the credential of this one, or its DATABASE_URL');
  }
  if (keyOfLedger !== undefined && keyOfLedger !== look.ledgerPublicKey) {
    return fail(
      `that of ${name} names another ledger key than LEDGER_PRIVATE_KEY`,
      'the ledger must keep the key that its credentials name, or rotate every source',
    );
  }
  if (!asked) return ok(`of source ${name}; the ledger was not asked: ${ledger}`);
  const { source } = ledger;
  if (!source) return fail(`the ledger knows no source ${name}`, `salio source add ${name}`);
  if (source.revoked) {
    return fail(`source ${name} is revoked`, `salio source rotate ${name} gives it a new key`);
  }
  const at = source.keys.indexOf(look.publicKey);
  if (at === 0) return ok(`of source ${name}, with its newest key`);
  if (at > 0) {
    const until = source.previousUntil?.toISOString() ?? 'soon';
    return warn(
      `of source ${name}, with a key that is taken until ${until}`,
      'give it the new credential',
    );
  }
  return fail(
    `the ledger takes another key of source ${name}`,
    `give the credential that salio source add or rotate printed last`,
  );
}
