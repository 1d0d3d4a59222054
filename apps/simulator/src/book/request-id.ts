/** What makes a request id unpredictable: three whole numbers of 32 bits. */
export type Nonce = readonly [number, number, number];

/**
 * `ATQid_` and 32 lower hex digits (contract section 1.2). The last eight are the place of the credit in the book, so that
 * an enquiry needs no index over ids; the first 24 are random, so that they differ over books.
 */
export function requestIdOf(nonce: Nonce, place: number): string {
  ID.writeUInt32BE(nonce[0], 0);
  ID.writeUInt32BE(nonce[1], 4);
  ID.writeUInt32BE(nonce[2], 8);
  ID.writeUInt32BE(place, NONCE_BYTES);
  return `ATQid_${ID.toString('hex')}`;
}

/** The place that an id claims; undefined for a text of another form. */
export function placeOf(requestId: string): number | undefined {
  return FORM.test(requestId) ? Number.parseInt(requestId.slice(30), 16) : undefined;
}

/** The nonce of an id of the right form. */
export function nonceOf(requestId: string): Nonce {
  const part = (from: number) => Number.parseInt(requestId.slice(from, from + 8), 16);
  return [part(6), part(14), part(22)];
}

/** Gives nonces from blocks of random bytes: one call of the system for many ids. */
export function nonceSource(randomBytes: (size: number) => Uint8Array): () => Nonce {
  let block: DataView = new DataView(new ArrayBuffer(0));
  let used = 0;
  return () => {
    if (used >= block.byteLength) {
      const bytes = randomBytes(BLOCK_BYTES);
      block = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      used = 0;
    }
    const nonce: Nonce = [
      block.getUint32(used),
      block.getUint32(used + 4),
      block.getUint32(used + 8),
    ];
    used += NONCE_BYTES;
    return nonce;
  };
}

const FORM = /^ATQid_[0-9a-f]{32}$/;
const NONCE_BYTES = 12;
/** Where an id is put together. */
const ID = Buffer.alloc(NONCE_BYTES + 4);
const BLOCK_BYTES = NONCE_BYTES * 1024;
