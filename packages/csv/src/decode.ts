import { TextDecoder } from 'node:util';
import { FileUnreadable } from './file-unreadable.ts';
import type { Encoding } from './file-form.ts';

/**
 * A file's bytes as UTF-8, in bounded memory. A byte order mark decides; without one it is `encoding`, or UTF-8, whose bytes
 * are passed on as they are: whoever reads them looks whether they are right. Throws FileUnreadable where the bytes can't be
 * text of their encoding.
 */
export async function* toUtf8(
  chunks: AsyncIterable<Buffer>,
  encoding: Encoding = 'utf-8',
): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined;
  let begun = false;
  let held: Buffer = Buffer.alloc(0);
  for await (const piece of chunks) {
    // A mark has two bytes; who knows in what pieces they come.
    const chunk = held.length > 0 ? Buffer.concat([held, piece]) : piece;
    held = Buffer.alloc(0);
    if (!begun) {
      if (chunk.length < 2) {
        held = chunk;
        continue;
      }
      decoder = decoderOf(markOf(chunk) ?? encoding);
      begun = true;
    }
    yield decoder ? decode(decoder, chunk, true) : chunk;
  }
  if (decoder) yield decode(decoder, Buffer.alloc(0), false);
  else if (held.length > 0) yield held;
}

function markOf(start: Buffer): Encoding | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return start[0] === 0xef && start[1] === 0xbb ? 'utf-8' : undefined;
}

function decoderOf(encoding: Encoding): TextDecoder | undefined {
  return encoding === 'utf-8' ? undefined : new TextDecoder(encoding, { fatal: true });
}

function decode(decoder: TextDecoder, chunk: Buffer, stream: boolean): Buffer {
  try {
    return Buffer.from(decoder.decode(chunk, { stream }));
  } catch (cause) {
    throw new FileUnreadable(`the file is not text in ${decoder.encoding}`, { cause });
  }
}
