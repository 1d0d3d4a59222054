import {
  checkPrefix,
  connectRedis,
  DEFAULT_PREFIX,
  disconnectRedis,
  openIntakeQueue,
  parseCredential,
  type Outcome,
} from '@salio/queue';
import type { Rejection } from '@salio/domain';
import { ProducerClosed } from './errors.ts';
import type { LedgerLine, ProducerLog } from './line.ts';
import {
  readAll,
  readOutcomesPage,
  readProgress,
  readRejectionsPage,
  type BatchProgress,
  type OutcomesPage,
  type ReadOptions,
  type RejectionsPage,
} from './read-batch.ts';
import { withDefaults, type ProducerSettings } from './settings.ts';
import type { BatchOptions, Submission } from './submission.ts';
import { submitBatch } from './submit-batch.ts';
import type { BatchVerdict } from './verdict.ts';
import { waitForVerdict, type VerdictOptions } from './wait-for-verdict.ts';

export interface ProducerOptions {
  readonly redisUrl: string;
  /** As the ledger's; default `{salio}`. */
  readonly prefix?: string;
  /** The source's, as the ledger's operator gave it out. A secret. */
  readonly credential: string;
  readonly log?: ProducerLog;
  readonly settings?: Partial<ProducerSettings>;
}

/**
 * Submits batches for one source. Any number of calls may run at once. While Redis is away they wait, for as long as
 * their patience lasts; whatever is lost in Redis is sent or asked again.
 */
export interface Producer extends AsyncDisposable {
  /**
   * Sends all rows and returns when the ledger has them. They may be paid from then on; waitForVerdict says whether they
   * are the batch. Repeating it with the same rows and client reference is safe after any error. Throws
   * SubmissionInvalid, EmptyBatch, RowsFailed, LedgerRefused, LedgerSilent, ProducerClosed, the signal's reason; and as
   * waitForVerdict does where the ledger has its verdict before it has everything.
   */
  submitBatch(options: BatchOptions): Promise<Submission>;
  /**
   * Waits until the ledger has said of a batch that it is accepted, or was there already with the same content. Of a
   * submission, or by client reference of whatever this source submitted. Throws BatchConflict, BatchRefused,
   * BatchIncomplete, BatchUnknown, LedgerContradiction, LedgerRefused, LedgerSilent, ProducerClosed, the signal's reason.
   */
  waitForVerdict(of: Submission | string, options?: VerdictOptions): Promise<BatchVerdict>;
  /** How many lines of a batch are in which state. Throws as outcomes does. */
  progress(clientReference: string, options?: Pick<ReadOptions, 'signal'>): Promise<BatchProgress>;
  /** What became of a batch's lines, by seq. Read in pages; throws BatchUnknown, LedgerRefused, LedgerSilent, ProducerClosed. */
  outcomes(clientReference: string, options?: ReadOptions): AsyncIterable<Outcome>;
  /** One page of outcomes. */
  outcomesPage(clientReference: string, options?: ReadOptions): Promise<OutcomesPage>;
  /** Which rows of a batch never became lines, and why, by row. Throws as outcomes does. */
  rejections(clientReference: string, options?: ReadOptions): AsyncIterable<Rejection>;
  /** One page of rejections. */
  rejectionsPage(clientReference: string, options?: ReadOptions): Promise<RejectionsPage>;
  /** Ends calls under way with ProducerClosed, and the connections. */
  close(): Promise<void>;
}

/** Does not wait for Redis. Throws CredentialInvalid, SubmissionInvalid for settings, RangeError for a prefix. */
export function createProducer(options: ProducerOptions): Producer {
  const { redisUrl, log = SILENT } = options;
  const prefix = checkPrefix(options.prefix ?? DEFAULT_PREFIX);
  const credential = parseCredential(options.credential);
  const settings = withDefaults(options.settings);
  const onError = (err: Error) => log.warn({ err }, 'redis.trouble');
  const connection = connectRedis(redisUrl, 'producer', onError);
  // The queue repeats its connection's errors, which are logged already.
  const queue = openIntakeQueue(connection, prefix, () => undefined);
  const closing = new AbortController();
  const line: LedgerLine = {
    credential,
    prefix,
    queue,
    settings,
    log,
    connectBlocking: () => connectRedis(redisUrl, 'blocking', onError),
    clock: { wall: Date.now, steady: () => performance.now() },
    closing: closing.signal,
  };
  const close = async () => {
    if (closing.signal.aborted) return;
    closing.abort(new ProducerClosed('the producer was closed'));
    await queue.close();
    disconnectRedis(connection);
  };
  const outcomesPage: Producer['outcomesPage'] = (reference, given = {}) =>
    readOutcomesPage(line, reference, given);
  const rejectionsPage: Producer['rejectionsPage'] = (reference, given = {}) =>
    readRejectionsPage(line, reference, given);
  return {
    submitBatch: (batch) => submitBatch(line, batch),
    waitForVerdict: (of, given = {}) => waitForVerdict(line, of, given),
    progress: (reference, given = {}) => readProgress(line, reference, given),
    outcomesPage,
    outcomes: (reference, given = {}) => readAll((page) => outcomesPage(reference, page), given),
    rejectionsPage,
    rejections: (reference, given = {}) =>
      readAll((page) => rejectionsPage(reference, page), given),
    close,
    [Symbol.asyncDispose]: close,
  };
}

const SILENT: ProducerLog = { debug: () => undefined, warn: () => undefined };
