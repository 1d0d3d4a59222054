import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';

/** A key's text is none, or none of Ed25519. Never holds the text. */
export class KeyInvalid extends Error {
  override readonly name = 'KeyInvalid';
  readonly code = 'key_invalid';
}

/** Ed25519 keys as text: base64url of DER, pkcs8 (private) and spki (public). */
export interface KeyTexts {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Characters of an Ed25519 signature in base64url: 64 bytes. */
export const SIGNATURE_LENGTH = 86;

export function generateKeys(): KeyTexts {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey: privateText(privateKey), publicKey: publicText(publicKey) };
}

/** Throws KeyInvalid. */
export function readPrivateKey(text: string): KeyObject {
  return checked('private', text, (der) =>
    createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
  );
}

/** Throws KeyInvalid. */
export function readPublicKey(text: string): KeyObject {
  const known = PUBLIC_KEYS.get(text);
  if (known) return known;
  const key = checked('public', text, (der) =>
    createPublicKey({ key: der, format: 'der', type: 'spki' }),
  );
  if (PUBLIC_KEYS.size >= PUBLIC_KEYS_MAX) PUBLIC_KEYS.clear();
  PUBLIC_KEYS.set(text, key);
  return key;
}

/** A memory of what was read: a worker reads its source's key for each message, which takes longer than to verify one. */
const PUBLIC_KEYS = new Map<string, KeyObject>();
/** Sources are few; some hundred bytes each. */
const PUBLIC_KEYS_MAX = 1_000;

/** The text of the public key that belongs to a private one, or of a public one itself. */
export function publicKeyOf(key: KeyObject): string {
  return publicText(key.type === 'public' ? key : createPublicKey(key));
}

/** The Ed25519 signature of a text, base64url. */
export function signText(text: string, privateKey: KeyObject): string {
  return sign(null, Buffer.from(text, 'utf8'), privateKey).toString('base64url');
}

/** Whether `signature` (base64url) is this key's over this text. */
export function isSignedBy(text: string, signature: string, publicKey: KeyObject): boolean {
  if (signature.length !== SIGNATURE_LENGTH) return false;
  return verify(null, Buffer.from(text, 'utf8'), publicKey, Buffer.from(signature, 'base64url'));
}

/** An Ed25519 key is 44 (spki) or 48 bytes (pkcs8); anything near twice that is something else. */
const KEY_TEXT_MAX = 128;

function checked(kind: string, text: string, read: (der: Buffer) => KeyObject): KeyObject {
  const problem = `not an Ed25519 ${kind} key in base64url`;
  if (text.length > KEY_TEXT_MAX || !/^[\w-]+$/.test(text)) throw new KeyInvalid(problem);
  let key: KeyObject;
  try {
    key = read(Buffer.from(text, 'base64url'));
  } catch {
    // The cause is left out: OpenSSL's messages may quote what they were given.
    throw new KeyInvalid(problem);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new KeyInvalid(problem);
  return key;
}

function privateText(key: KeyObject): string {
  return key.export({ format: 'der', type: 'pkcs8' }).toString('base64url');
}

function publicText(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).toString('base64url');
}
