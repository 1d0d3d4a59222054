import { setTimeout as delay } from 'node:timers/promises';
import { FileUnreadable } from '@salio/csv';
import {
  ApiProblem,
  askUpload,
  type Answer,
  type ClientOptions,
  type FileGiven,
  type Operation,
} from '@salio/operations';
import { EXIT } from './exit-codes.ts';
import { explainError } from './explain-error.ts';
import { isLost } from './lost.ts';

/** A file for an operation, wherever that is carried out. */
export interface FileToSend<Op extends Operation> extends Pick<FileGiven<Op>, 'query'> {
  /** Reads it from its beginning. */
  readonly open: () => AsyncIterable<Uint8Array>;
  /** It may be opened again: a pipe can be read once. */
  readonly again: boolean;
  /** For this file and nothing else. */
  readonly idempotencyKey: string;
}

/** Before each further try, ms: a minute in all, in which an API that went down is started again. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/**
 * Hands a file to the ops API. Where the connection breaks it is sent again with the same key, so that it is taken in once; what never got there
 * is not tried again. Throws FileUnreadable, ApiProblem, and what tells of a connection.
 */
export async function uploadOnce<Op extends Operation>(
  options: ClientOptions,
  op: Op,
  { query, open, again, idempotencyKey }: FileToSend<Op>,
): Promise<Answer<Op>> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await askUpload(options, op, { query, bytes: open(), idempotencyKey });
    } catch (error) {
      const pauseMs = again ? PAUSES_MS[tries] : undefined;
      const worthIt = isLost(error) || (tries > 0 && passes(error));
      if (pauseMs === undefined || !worthIt) throw asFileSays(error);
      await delay(pauseMs);
    }
  }
}

/** Once something was sent: the API is away, or still has the try before in its hands. */
function passes(error: unknown): boolean {
  const { error: code, exitCode } = explainError(error);
  return exitCode === EXIT.away || code === 'idempotency_in_progress';
}

/** What the API said of the file itself, as it would be said where the file is read here. */
function asFileSays(error: unknown): unknown {
  if (!(error instanceof ApiProblem) || error.code !== 'invalid_request') return error;
  const [first] = error.problem.errors ?? [];
  const ofFile = first !== undefined && /^(body|row \d+)$/.test(first.where);
  return ofFile ? new FileUnreadable(first.message, { cause: error }) : error;
}
