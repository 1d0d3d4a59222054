import { createReadStream, statSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { FileUnreadable } from '@salio/csv';

/** Throws FileUnreadable before anybody is asked to take the file. */
export async function checkReadable(file: string): Promise<void> {
  await access(file, constants.R_OK).catch((cause: unknown) => {
    throw new FileUnreadable(`${file} can't be read`, { cause });
  });
}

/** Whether it may be read once more: a pipe may not. */
export function isReadAgain(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** The bytes of a file, and how many have been read. Throws FileUnreadable. */
export async function* bytesOf(
  file: string,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    // safe because nobody has set an encoding
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      onBytes(bytes);
      yield chunk;
    }
  } catch (cause) {
    throw new FileUnreadable(`${file} can't be read`, { cause });
  }
}
