import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { idText } from './fields.ts';
import { readPrivateKey, readPublicKey } from './keys.ts';

/** What a source needs to submit to one ledger. Key objects, not texts: they print as nothing. */
export interface Credential {
  readonly ledgerId: string;
  readonly source: string;
  /** Signs what the source sends. */
  readonly privateKey: KeyObject;
  /** Proves what the ledger answers. */
  readonly ledgerPublicKey: KeyObject;
}

/** The same as texts; see KeyTexts. */
export interface CredentialTexts {
  readonly ledgerId: string;
  readonly source: string;
  readonly privateKey: string;
  readonly ledgerPublicKey: string;
}

/** A credential that can't be used. Names the field, never shows what stood in it. */
export class CredentialInvalid extends Error {
  override readonly name = 'CredentialInvalid';
  readonly code = 'credential_invalid';
}

/** One line of JSON, to be kept like a password. Throws CredentialInvalid where it could not be read back. */
export function formatCredential(texts: CredentialTexts): string {
  const { ledgerId, source, privateKey, ledgerPublicKey } = texts;
  const text = JSON.stringify({ ledgerId, source, privateKey, ledgerPublicKey });
  parseCredential(text);
  return text;
}

/** Throws CredentialInvalid. */
export function parseCredential(text: string): Credential {
  if (text.length > CREDENTIAL_MAX) throw new CredentialInvalid('the credential is too long');
  const parsed = schema.safeParse(readJson(text));
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') || 'as a whole';
    throw new CredentialInvalid(`the credential can't be read: ${field}`);
  }
  const { ledgerId, source, privateKey, ledgerPublicKey } = parsed.data;
  return {
    ledgerId,
    source,
    privateKey: readField('privateKey', () => readPrivateKey(privateKey)),
    ledgerPublicKey: readField('ledgerPublicKey', () => readPublicKey(ledgerPublicKey)),
  };
}

/** Two ids and two keys are about 300 characters. */
const CREDENTIAL_MAX = 2_000;

const schema = z.strictObject({
  ledgerId: idText,
  source: idText,
  privateKey: z.string(),
  ledgerPublicKey: z.string(),
});

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The cause is left out: a JSON error quotes the text, and the text is a secret.
    throw new CredentialInvalid('the credential is not JSON');
  }
}

function readField(field: string, read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch (cause) {
    throw new CredentialInvalid(`the credential can't be read: ${field}`, { cause });
  }
}
