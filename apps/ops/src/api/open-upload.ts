import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { RowsTooSlow } from '@salio/ledger';
import { Invalid } from '@salio/operations';
import type { FastifyRequest } from 'fastify';
import { takesItsTime } from './guard-bodies.ts';
import type { ApiLimits } from './limits.ts';

/** A file that comes as the body of a request. */
export interface UploadBody {
  /** To be read once, as fast as they can be used. Throws RowsTooSlow, Invalid where it breaks off, and 413 where it is too large. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** SHA-256 of all of it; undefined until it was read to its end. */
  bodyHash(): Buffer | undefined;
  /** Reads it to its end for nothing but its hash. */
  drain(): Promise<Buffer>;
}

/** Reads the body of a request as it comes, against a limit in bytes and one for how slowly it may come. */
export function openUpload(
  { raw, headers }: FastifyRequest,
  body: Readable,
  limits: ApiLimits,
): UploadBody {
  takesItsTime(raw);
  const told = Number(headers['content-length'] ?? 0);
  if (told > limits.uploadBytes) throw tooLarge(limits);
  const hash = createHash('sha256');
  let whole: Buffer | undefined;
  async function* read(): AsyncGenerator<Uint8Array> {
    let length = 0;
    for await (const chunk of notTooSlow(body, limits)) {
      length += chunk.length;
      if (length > limits.uploadBytes) throw tooLarge(limits);
      hash.update(chunk);
      yield chunk;
    }
    whole = hash.digest();
  }
  return {
    bytes: { [Symbol.asyncIterator]: read },
    bodyHash: () => whole,
    async drain() {
      const bytes = read();
      while (!(await bytes.next()).done);
      return whole ?? hash.digest();
    },
  };
}

/** Only what is waited for counts: where the ledger is slow, the sender is not. */
async function* notTooSlow(
  body: Readable,
  { uploadStepBytes, uploadStepMs }: ApiLimits,
): AsyncGenerator<Uint8Array> {
  // Who stops reading leaves the connection as it is: there is an answer to be sent on it.
  const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>; // safe because nobody has set an encoding
  let waitedMs = 0;
  let bytes = 0;
  for (;;) {
    const since = performance.now();
    const next = await within(uploadStepMs - waitedMs, chunks.next());
    waitedMs += performance.now() - since;
    if (next.done) return;
    bytes += next.value.length;
    if (bytes >= uploadStepBytes) {
      bytes = 0;
      waitedMs = 0;
    }
    yield next.value;
  }
}

async function within<T>(ms: number, next: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new RowsTooSlow('the file comes too slowly')), ms);
  });
  const broken = (cause: unknown) => {
    throw Object.assign(new Invalid('body', 'broke off before its end'), { cause });
  };
  try {
    return await Promise.race([next.catch(broken), late]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLarge({ uploadBytes }: ApiLimits): Error {
  return Object.assign(new Error(`a file has at most ${uploadBytes} bytes`), { statusCode: 413 });
}
