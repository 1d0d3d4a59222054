import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { batchId, currency } from '@salio/domain';
import { readReply, REPLY_LENGTH_MAX, REPLY_SKEW_MAX_MS, sealReply } from './envelope.ts';
import { generateKeys, readPrivateKey, readPublicKey } from './keys.ts';
import type { Reply } from './reply.ts';

const NOW = Date.UTC(2026, 0, 5, 8);
const keys = generateKeys();
const ledger = readPrivateKey(keys.privateKey);
const publicKey = readPublicKey(keys.publicKey);
const address = randomUUID();
const batch = batchId(randomUUID());
const submission = randomUUID();
const hash = 'cd'.repeat(32);

const replies: Record<string, Reply> = {
  ack: { kind: 'ack', batchId: batch, submission, page: 0, hash },
  closing_ack: { kind: 'closing_ack', batchId: batch, submission, contentHash: hash },
  'refusal of a page': refusal({ submission, page: 7 }),
  'refusal of a closing': refusal({ submission, page: 'closing' }),
  'refusal of an ask': refusal({ submission: undefined, page: undefined }),
  verdict: {
    kind: 'verdict',
    batchId: batch,
    submission: undefined,
    verdict: 'accepted',
    mismatches: ['rows'],
    missingPages: [1, 2],
    state: 'checked',
    rows: 3,
    lines: 2,
    rejected: 1,
    sums: [[currency('KES'), '200000']],
    contentHash: hash,
    at: new Date(NOW).toISOString(),
  },
  progress: {
    kind: 'progress',
    batchId: batch,
    state: 'released',
    states: { queued: 3, sent: 1 },
  },
  outcomes: {
    kind: 'outcomes',
    batchId: batch,
    state: 'completed',
    items: [
      {
        seq: 1,
        reference: 'ü',
        state: 'sent',
        amount: 'KES 10.0000',
        discount: 'KES 0.4000',
        requestId: 'ATQid_1',
        reason: undefined,
      },
    ],
    next: undefined,
  },
  rejections: {
    kind: 'rejections',
    batchId: batch,
    items: [{ row: 4, reason: 'phone_invalid', column: undefined, detail: '+2547•••1' }],
    next: 4,
  },
};
const ack = sealReply(replies['ack'] ?? refusal({ submission, page: 0 }), address, NOW, ledger);
const read = (text: string, now = NOW, at = address) =>
  readReply(text, publicKey, { address: at, now });

describe('a reply', () => {
  it.each(Object.entries(replies))('%s is read as it was sealed', (_kind, reply) => {
    expect(read(sealReply(reply, address, NOW, ledger))).toStrictEqual({
      ok: true,
      reply,
      at: NOW,
    });
  });

  it('counts only at the address that it was signed for', () => {
    expect(read(ack, NOW, randomUUID())).toEqual({ ok: false, reason: 'other_address' });
    const moved = ack.replace(address, randomUUID());
    expect(read(moved, NOW, JSON.parse(moved).address)).toEqual({ ok: false, reason: 'signature' });
  });

  it('is refused when anything in it was changed, or another signed it', () => {
    expect(read(ack.replace(hash, 'ef'.repeat(32)))).toEqual({ ok: false, reason: 'signature' });
    expect(read(ack.replace(String(NOW), String(NOW + 1)))).toEqual({
      ok: false,
      reason: 'signature',
    });
    const stranger = readPrivateKey(generateKeys().privateKey);
    const forged = sealReply(refusal({ submission, page: 0 }), address, NOW, stranger);
    expect(read(forged)).toEqual({ ok: false, reason: 'signature' });
  });

  it('is stale long after, and long before, it was made', () => {
    expect(read(ack, NOW + REPLY_SKEW_MAX_MS)).toMatchObject({ ok: true });
    expect(read(ack, NOW + REPLY_SKEW_MAX_MS + 1)).toEqual({ ok: false, reason: 'stale' });
    expect(read(ack, NOW - REPLY_SKEW_MAX_MS - 1)).toEqual({ ok: false, reason: 'stale' });
  });

  it.each(['', 'x', '[]', '{"v":1}', ' '.repeat(REPLY_LENGTH_MAX + 1)])(
    'is not any text that stands in the list',
    (text) => {
      expect(read(text)).toEqual({ ok: false, reason: 'malformed' });
    },
  );

  it('is malformed where the ledger itself signed nonsense', () => {
    // safe because it is what the test is about
    const nonsense = { kind: 'ack', batchId: 'x' } as unknown as Reply;
    expect(read(sealReply(nonsense, address, NOW, ledger))).toEqual({
      ok: false,
      reason: 'malformed',
    });
  });
});

function refusal(of: {
  submission: string | undefined;
  page: number | 'closing' | undefined;
}): Reply {
  return { kind: 'refusal', batchId: batch, ...of, reason: 'expired', detail: '' };
}
