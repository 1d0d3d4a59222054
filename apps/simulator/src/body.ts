import type { IncomingMessage } from 'node:http';

/**
 * Reads a body of at most `mostBytes`; undefined where it is larger. Resolves never where the client goes away before its
 * body is whole: then nothing was asked, and there is nobody to answer.
 */
export function readBody(request: IncomingMessage, mostBytes: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > mostBytes) {
        chunks.length = 0;
        resolve(undefined);
      } else chunks.push(chunk);
    });
    request.on('end', () => {
      const [first] = chunks;
      resolve(chunks.length === 1 ? first?.toString() : Buffer.concat(chunks).toString());
    });
  });
}
