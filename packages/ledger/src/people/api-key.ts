import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A key as its owner has it: `salio_`, a prefix that names it, and a secret. */
export interface ApiKey {
  readonly text: string;
  readonly prefix: string;
}

const FORM = /^salio_([a-z0-9]{10})_[A-Za-z0-9_-]{43}$/;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** Makes a key. The prefix has 50 bits of chance, so that two hardly meet; the secret has 256. */
export function makeApiKey(): ApiKey {
  const prefix = Array.from(randomBytes(10), (byte) => LETTERS[byte % LETTERS.length]).join('');
  return { text: `salio_${prefix}_${randomBytes(32).toString('base64url')}`, prefix };
}

/** The prefix of a text that has the form of a key. */
export function prefixOf(text: string): string | undefined {
  return FORM.exec(text)?.[1];
}

/** What is kept of a key. Of so much chance a fast hash is enough: nobody can try them all. */
export function hashApiKey(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** In a time that tells nothing of where they differ. */
export function isSameHash(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
