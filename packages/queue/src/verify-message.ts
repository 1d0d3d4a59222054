import type { KeyObject } from 'node:crypto';
import { batchIdOf, pageHash } from '@salio/domain';
import { isSignedBy } from './keys.ts';
import { messageText } from './message-text.ts';
import { rowsOf, type IntakeMessage } from './message.ts';

/**
 * - `other_ledger`: meant for another installation.
 * - `batch_id`: the id does not follow from ledger, source and client reference.
 * - `signature`: not signed by this key, or altered.
 * - `expired`: too old; signed anew it may be taken.
 * - `expiry_too_far`: would be valid for too long.
 * - `hash`: the rows are not those that were signed.
 */
export const MESSAGE_FAULTS = [
  'other_ledger',
  'batch_id',
  'signature',
  'expired',
  'expiry_too_far',
  'hash',
] as const;
export type MessageFault = (typeof MESSAGE_FAULTS)[number];

export type Verification =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: MessageFault };

/** How far ahead a message may expire: a queue that stood still over a night is worked off, an old backup is not. */
export const MESSAGE_LIFE_MAX_MS = 24 * 3_600_000;

/**
 * Whether this message is its source's own word to this ledger, now (epoch ms). `publicKey` is the one that the ledger has
 * for `message.source`. Rows may be used only after it said ok.
 */
export function verifyMessage(
  message: IntakeMessage,
  publicKey: KeyObject,
  { ledgerId, now }: { readonly ledgerId: string; readonly now: number },
): Verification {
  if (message.ledgerId !== ledgerId) return { ok: false, reason: 'other_ledger' };
  if (message.batchId !== batchIdOf(ledgerId, message.source, message.clientReference)) {
    return { ok: false, reason: 'batch_id' };
  }
  if (!isSignedBy(messageText(message), message.signature, publicKey)) {
    return { ok: false, reason: 'signature' };
  }
  // Only of what is authentic: an answer about the clock to a forger's message would mislead its supposed sender.
  if (message.expiresAt <= now) return { ok: false, reason: 'expired' };
  if (message.expiresAt - now > MESSAGE_LIFE_MAX_MS) return { ok: false, reason: 'expiry_too_far' };
  if (message.kind === 'page' && pageHash(rowsOf(message)) !== message.hash) {
    return { ok: false, reason: 'hash' };
  }
  return { ok: true };
}
