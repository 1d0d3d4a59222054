import { canonicalJson } from '@salio/domain';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { canonicalText } from './canonical.ts';
import { signatureText } from './fields.ts';
import { isSignedBy, signText } from './keys.ts';

/** Something that the ledger says to people outside, with its signature. */
export interface SignedDocument {
  /** What it is: a signature under one kind is none under another. */
  readonly kind: string;
  readonly document: Readonly<Record<string, unknown>>;
  /** Ed25519, base64url, over kind and canonical JSON of the document. */
  readonly signature: string;
}

/**
 * - `malformed`: no signed document of this kind.
 * - `signature`: not this key's word, or altered.
 */
export type DocumentReading =
  | { readonly ok: true; readonly document: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly reason: 'malformed' | 'signature' };

/** Throws RangeError where the document is not what canonical JSON can carry. */
export function signDocument(
  kind: string,
  document: Readonly<Record<string, unknown>>,
  ledgerPrivateKey: KeyObject,
): SignedDocument {
  const signature = signText(documentText(kind, canonicalJson(document)), ledgerPrivateKey);
  return { kind, document, signature };
}

/** Reads a document that claims to be signed, as JSON.parse returned it. Nothing in it may be believed unless this says ok. */
export function verifyDocument(
  kind: string,
  value: unknown,
  ledgerPublicKey: KeyObject,
): DocumentReading {
  const parsed = schema.safeParse(value);
  if (!parsed.success || parsed.data.kind !== kind) return { ok: false, reason: 'malformed' };
  const { document, signature } = parsed.data;
  const canonical = canonicalOf(document);
  if (canonical === undefined) return { ok: false, reason: 'malformed' };
  return isSignedBy(documentText(kind, canonical), signature, ledgerPublicKey)
    ? { ok: true, document }
    : { ok: false, reason: 'signature' };
}

const schema = z.strictObject({
  kind: z.string(),
  document: z.record(z.string(), z.unknown()),
  signature: signatureText,
});

/** Undefined where it holds what was never signed. */
function canonicalOf(document: unknown): string | undefined {
  try {
    return canonicalJson(document);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function documentText(kind: string, canonical: string): string {
  return canonicalText(['salio document', 1, kind, canonical]);
}
