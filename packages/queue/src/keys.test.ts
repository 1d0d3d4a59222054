import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CredentialInvalid, formatCredential, parseCredential } from './credential.ts';
import {
  generateKeys,
  isSignedBy,
  KeyInvalid,
  publicKeyOf,
  readPrivateKey,
  readPublicKey,
  signText,
} from './keys.ts';

describe('keys', () => {
  it('reads back what it generated, and knows the public key of a private one', () => {
    const { privateKey, publicKey } = generateKeys();
    expect(publicKeyOf(readPrivateKey(privateKey))).toBe(publicKey);
  });

  it('accepts its own signature and no other', () => {
    const [ours, theirs] = [generateKeys(), generateKeys()];
    const signature = signText('pay', readPrivateKey(ours.privateKey));
    const key = readPublicKey(ours.publicKey);
    expect(isSignedBy('pay', signature, key)).toBe(true);
    expect(isSignedBy('pay more', signature, key)).toBe(false);
    expect(isSignedBy('pay', signature, readPublicKey(theirs.publicKey))).toBe(false);
    expect(isSignedBy('pay', '', key)).toBe(false);
  });

  it.each(['', 'not a key', 'AAAA', 'A'.repeat(5_000)])('refuses %j', (text) => {
    expect(() => readPrivateKey(text)).toThrow(KeyInvalid);
    expect(() => readPublicKey(text)).toThrow(KeyInvalid);
  });

  it('refuses keys of another kind, and one half in place of the other', () => {
    const { privateKey, publicKey } = generateKeys();
    const other = generateKeyPairSync('x25519').publicKey.export({ format: 'der', type: 'spki' });
    expect(() => readPublicKey(other.toString('base64url'))).toThrow(KeyInvalid);
    expect(() => readPublicKey(privateKey)).toThrow(KeyInvalid);
    expect(() => readPrivateKey(publicKey)).toThrow(KeyInvalid);
  });
});

describe('a credential', () => {
  const texts = () => ({
    ledgerId: 'ledger-1',
    source: 'payroll',
    privateKey: generateKeys().privateKey,
    ledgerPublicKey: generateKeys().publicKey,
  });

  it('reads back what was formatted', () => {
    const given = texts();
    const read = parseCredential(formatCredential(given));
    expect(read).toMatchObject({ ledgerId: 'ledger-1', source: 'payroll' });
    expect(publicKeyOf(read.privateKey)).toBe(publicKeyOf(readPrivateKey(given.privateKey)));
  });

  it.each(['ledgerId', 'source', 'privateKey', 'ledgerPublicKey'] as const)(
    'names %s where it is wrong, and never shows the private key',
    (field) => {
      const given = texts();
      const error = caught(() => parseCredential(JSON.stringify({ ...given, [field]: 'no no' })));
      expect(error).toBeInstanceOf(CredentialInvalid);
      expect(String(error)).toContain(field);
      expect(JSON.stringify(error) + String(error)).not.toContain(given.privateKey);
    },
  );

  it('does not quote a text that is not JSON', () => {
    const { privateKey } = generateKeys();
    const error = caught(() => parseCredential(`{"privateKey":"${privateKey}"`));
    expect(error).toBeInstanceOf(CredentialInvalid);
    expect(String(error)).not.toContain(privateKey.slice(0, 8));
    expect(error).not.toHaveProperty('cause');
  });
});

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
