import { createHash } from 'node:crypto';

declare const batchIdBrand: unique symbol;
/** A UUID that follows from ledger, source and client reference. */
export type BatchId = string & { readonly [batchIdBrand]: true };

/** Longest client reference of a batch, in UTF-16 units. */
export const CLIENT_REFERENCE_MAX = 128;

/** The id of the batch that a source calls `clientReference`: both sides know it without asking. */
export function batchIdOf(ledgerId: string, source: string, clientReference: string): BatchId {
  const hash = createHash('sha256')
    .update(measured('salio batch 1', ledgerId, source, clientReference))
    .digest('hex');
  // RFC 9562 version 8 (own making), variant 10.
  const variant = ((Number.parseInt(hash.slice(16, 17), 16) & 3) | 8).toString(16);
  const text = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
  return batchId(text);
}

/** Throws RangeError where the text is no UUID in lower case. */
export function batchId(text: string): BatchId {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) {
    throw new RangeError('not a batch id');
  }
  return text as BatchId; // safe because it was just checked
}

/** A line of an attempt, as the key knows it. */
export interface KeyedLine {
  readonly batchNo: number;
  readonly seq: number;
  readonly attemptNo: number;
}

/**
 * The idempotency key of an attempt, 64 hex digits: the same attempt has the same key for ever, whoever computes it, and
 * two attempts never share one. The body is part of it, so a key never stands for other bytes.
 */
export function idempotencyKey(
  ledgerId: string,
  lines: readonly KeyedLine[],
  body: string,
): string {
  const parts = lines.map(({ batchNo, seq, attemptNo }) => `${batchNo}/${seq}/${attemptNo}`);
  return createHash('sha256')
    .update(measured('salio attempt 1', ledgerId, parts.join(), body))
    .digest('hex');
}

function measured(...texts: string[]): string {
  return texts.map((text) => `${text.length}:${text}`).join('');
}
