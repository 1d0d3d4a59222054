import { randomUUID } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { FileUnreadable } from '@salio/csv';
import { operations, type Answer, type FileGiven } from '@salio/operations';
import type { OpenDesk } from '../desk.ts';
import { createUploadProgress } from '../progress/of-upload.ts';
import { parseExpected, parseLater, parseOnRejections, type SubmitOptions } from './options.ts';

type Submit = typeof operations.submitBatch;

/** Hands the bytes of a file over as they are. Throws FileUnreadable where it can't be read, here or there. */
export async function sendFile(
  desk: OpenDesk,
  file: string,
  options: SubmitOptions,
): Promise<Answer<Submit>> {
  // Said before anybody is asked.
  await access(file, constants.R_OK).catch((cause: unknown) => {
    throw new FileUnreadable(`${file} can't be read`, { cause });
  });
  using progress = createUploadProgress(file, !options.json);
  return await desk.askUpload(operations.submitBatch, {
    query: queryOf(options),
    again: statSync(file, { throwIfNoEntry: false })?.isFile() ?? false,
    open: () => bytesOf(file, progress.onBytes),
    idempotencyKey: options.idempotencyKey ?? randomUUID(),
  });
}

async function* bytesOf(
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

function queryOf(options: SubmitOptions): FileGiven<Submit>['query'] {
  const { source, country, currency, quietHours, corrects, map, encoding } = options;
  const { notBefore, expiresAt } = parseLater(options);
  const { rows, sums } = parseExpected(options);
  return {
    clientReference: options.reference,
    onRejections: parseOnRejections(options),
    allowDuplicates: options.allowDuplicates ? 'true' : 'false',
    dryRun: options.dryRun ? 'true' : 'false',
    source,
    country,
    currency,
    notBefore,
    expiresAt,
    quietHours,
    corrects,
    map,
    encoding,
    expectRows: rows,
    expectTotal: sums,
  };
}
