import { readFileSync } from 'node:fs';
import { CredentialInvalid } from '@salio/queue';

/**
 * The credential out of `SOURCE_CREDENTIAL`, or out of the file that `SOURCE_CREDENTIAL_FILE` names: as orchestrators hand out
 * secrets. Made for `process.env`. Throws CredentialInvalid where there is neither, both, or no such file.
 */
export function readCredential(environment: Readonly<Record<string, string | undefined>>): string {
  const { SOURCE_CREDENTIAL: text, SOURCE_CREDENTIAL_FILE: file } = environment;
  if (text && file) {
    throw new CredentialInvalid('SOURCE_CREDENTIAL and SOURCE_CREDENTIAL_FILE are both set');
  }
  if (text) return text;
  if (!file) throw new CredentialInvalid('set SOURCE_CREDENTIAL or SOURCE_CREDENTIAL_FILE');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new CredentialInvalid(`SOURCE_CREDENTIAL_FILE ${file} can't be read`, { cause });
  }
}
