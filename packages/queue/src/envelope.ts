import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { canonicalText } from './canonical.ts';
import { epochMs, signatureText, uuidText, wellFormed } from './fields.ts';
import { isSignedBy, signText } from './keys.ts';
import { parseReply } from './parse-reply.ts';
import type { Reply } from './reply.ts';

/**
 * - `malformed`: not a reply at all, or longer than one can be.
 * - `signature`: not the ledger's word, or altered.
 * - `other_address`: the ledger's word, but to another submission or ask.
 * - `stale`: too old, or from the future: somebody plays it again, or a clock is wrong.
 */
export type ReplyFault = 'malformed' | 'signature' | 'other_address' | 'stale';

export type ReplyReading =
  | { readonly ok: true; readonly reply: Reply; readonly at: number }
  | { readonly ok: false; readonly reason: ReplyFault };

/** How far a reply's time may be from ours. Replies wait for minutes at most; the rest is for clocks that are wrong. */
export const REPLY_SKEW_MAX_MS = 3_600_000;
/** A thousand outcomes with all their texts at their longest and every character escaped twice, in characters. */
export const REPLY_LENGTH_MAX = 4_000_000;

/** A reply as it travels: its body as text, signed together with where it goes and when (epoch ms). */
export function sealReply(
  reply: Reply,
  address: string,
  at: number,
  ledgerPrivateKey: KeyObject,
): string {
  const body = JSON.stringify(reply);
  const signature = signText(envelopeText(address, at, body), ledgerPrivateKey);
  return JSON.stringify({ v: 1, address, at, body, signature } satisfies Envelope);
}

/** Reads a reply that was found at `address`, now (epoch ms). Nothing in it may be used unless this says ok. */
export function readReply(
  text: string,
  ledgerPublicKey: KeyObject,
  { address, now }: { readonly address: string; readonly now: number },
): ReplyReading {
  if (text.length > REPLY_LENGTH_MAX) return { ok: false, reason: 'malformed' };
  const parsed = schema.safeParse(readJson(text));
  if (!parsed.success) return { ok: false, reason: 'malformed' };
  const { body, at, signature } = parsed.data;
  if (!isSignedBy(envelopeText(parsed.data.address, at, body), signature, ledgerPublicKey)) {
    return { ok: false, reason: 'signature' };
  }
  if (parsed.data.address !== address) return { ok: false, reason: 'other_address' };
  if (Math.abs(now - at) > REPLY_SKEW_MAX_MS) return { ok: false, reason: 'stale' };
  const reply = parseReply(readJson(body));
  return reply ? { ok: true, reply, at } : { ok: false, reason: 'malformed' };
}

type Envelope = z.infer<typeof schema>;

const schema = z.strictObject({
  v: z.literal(1),
  address: uuidText,
  at: epochMs,
  body: z.string().refine(wellFormed),
  signature: signatureText,
});

function envelopeText(address: string, at: number, body: string): string {
  return canonicalText(['salio reply', 1, address, at, body]);
}

/** Undefined, which no schema takes, where the text is no JSON. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
