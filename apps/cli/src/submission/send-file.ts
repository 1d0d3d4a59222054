import { randomUUID } from 'node:crypto';
import { operations, type Answer, type FileGiven } from '@salio/operations';
import type { OpenDesk } from '../desk.ts';
import { bytesOf, checkReadable, isReadAgain } from '../file-bytes.ts';
import { createUploadProgress } from '../progress/of-upload.ts';
import { parseExpected, parseLater, parseOnRejections, type SubmitOptions } from './options.ts';

type Submit = typeof operations.submitBatch;

/** Hands the bytes of a file over as they are. Throws FileUnreadable where it can't be read, here or there. */
export async function sendFile(
  desk: OpenDesk,
  file: string,
  options: SubmitOptions,
): Promise<Answer<Submit>> {
  await checkReadable(file);
  using progress = createUploadProgress(file, !options.json);
  return await desk.askUpload(operations.submitBatch, {
    query: queryOf(options),
    again: isReadAgain(file),
    open: () => bytesOf(file, progress.onBytes),
    idempotencyKey: options.idempotencyKey ?? randomUUID(),
  });
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
