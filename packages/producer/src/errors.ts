import type { Mismatch } from '@salio/domain';
import type { RefusalReason } from '@salio/queue';

/** The rows held nothing: an empty batch is more likely a failed export than a wish. */
export class EmptyBatch extends Error {
  override readonly name = 'EmptyBatch';
  readonly code = 'empty_batch';
}

/** What was asked for can't be sent: a client reference, an expectation or a number outside its limits. */
export class SubmissionInvalid extends Error {
  override readonly name = 'SubmissionInvalid';
  readonly code = 'submission_invalid';
}

/** The rows could not be read to their end; the cause says why. Nothing of the batch can be paid: it was not closed. */
export class RowsFailed extends Error {
  override readonly name = 'RowsFailed';
  readonly code = 'rows_failed';
}

/**
 * No progress for as long as our patience lasts: Redis or the ledger is away, or their answers don't reach us. The batch may
 * have arrived all the same. Submitting the same rows under the same client reference again is safe: it is the same batch.
 */
export class LedgerSilent extends Error {
  override readonly name = 'LedgerSilent';
  readonly code = 'ledger_silent';
}

/** The ledger does not take what we send. The message says what to do about it. */
export class LedgerRefused extends Error {
  override readonly name = 'LedgerRefused';
  readonly code = 'ledger_refused';
  readonly reason: RefusalReason;
  /** The ledger's own words. */
  readonly detail: string;

  constructor(reason: RefusalReason, detail: string) {
    super(`the ledger refused: ${reason}${detail ? ` (${detail})` : ''}`);
    this.reason = reason;
    this.detail = detail;
  }
}

/** Another batch stands under this client reference. Nothing of this submission is paid. */
export class BatchConflict extends Error {
  override readonly name = 'BatchConflict';
  readonly code = 'batch_conflict';
}

/** What the ledger says when it refuses a batch, in words. */
const MEANINGS: Readonly<Record<string, string>> = {
  pages: 'it has another number of pages than was declared',
  rows: 'it has another number of rows than was expected',
  content_hash: 'its content is not what was declared',
  control_sums: 'it adds up to something else than was expected',
  rejections: 'it has rejections, and none were wanted',
  expired: 'its expiry has passed',
  time_zone_unknown: "the ledger's database does not know the time zone of its quiet hours",
  corrects_unknown: 'the source has no checked batch of the name that it corrects',
  corrects_too_many:
    'it has more rows than the batch that it corrects has rejections that nobody has corrected',
};

/** What arrived is not what was declared, or has rejections and none were wanted. Nothing of it is paid. */
export class BatchRefused extends Error {
  override readonly name = 'BatchRefused';
  readonly code = 'batch_refused';
  /** In what it differs; `rejections` where only they were the reason. */
  readonly mismatches: readonly (Mismatch | (string & {}))[];
  readonly rejected: number;

  constructor(mismatches: readonly string[], rejected: number) {
    const why = mismatches.map((name) => (MEANINGS[name] ? `${name}, ${MEANINGS[name]}` : name));
    super(`the batch was refused: ${why.join('; ')} (${rejected} rows rejected)`);
    this.mismatches = mismatches;
    this.rejected = rejected;
  }
}

/** The ledger has not all of it. Nothing of it is paid until all of it is submitted again. */
export class BatchIncomplete extends Error {
  override readonly name = 'BatchIncomplete';
  readonly code = 'batch_incomplete';
  /** The first of them. Empty where only the closing, or the check, is missing. */
  readonly missingPages: readonly number[];

  constructor(missingPages: readonly number[]) {
    const which = missingPages.length === 0 ? '' : `, missing pages ${missingPages.join(', ')}`;
    super(`the ledger has not all of the batch${which}`);
    this.missingPages = missingPages;
  }
}

/** The ledger has nothing of a batch of this client reference. */
export class BatchUnknown extends Error {
  override readonly name = 'BatchUnknown';
  readonly code = 'batch_unknown';
}

/** The ledger says that it accepted the batch, and shows content that is not ours. Stop and look. */
export class LedgerContradiction extends Error {
  override readonly name = 'LedgerContradiction';
  readonly code = 'ledger_contradiction';
}

/** The producer was closed while this call was under way. */
export class ProducerClosed extends Error {
  override readonly name = 'ProducerClosed';
  readonly code = 'producer_closed';
}
