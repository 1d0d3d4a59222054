import {
  BATCH_ROWS_MAX,
  DEFAULT_TARIFFS,
  ON_REJECTIONS,
  termsFault,
  type BatchId,
  type Money,
  type OnRejections,
  type QuietHours,
  type Terms,
} from '@salio/domain';
import { checkClientReference, SUM_CURRENCIES_MAX, type VerdictReply } from '@salio/queue';
import type { Rows } from './cut-pages.ts';
import { SubmissionInvalid } from './errors.ts';

export interface BatchOptions {
  /** The submitter's own unique name of the batch. Under the same name the same rows are the same batch, paid once. */
  readonly clientReference: string;
  /** Read once, as fast as the ledger takes them. */
  readonly rows: Rows;
  /** Of phones without their + (ISO 3166, like KE); default: the home of the row's currency. */
  readonly country?: string;
  /** What to do with a batch that has rejections; default `hold`: a person looks at it. */
  readonly onRejections?: OnRejections;
  /** Lets the same phone and amount stand twice in a batch without references; default false. */
  readonly allowDuplicates?: boolean;
  /** Nothing of it is sent before; of the years 2020 to 2099. */
  readonly notBefore?: Date;
  /** What was not sent by then is cancelled; in the future, and after `notBefore`. */
  readonly expiresAt?: Date;
  /** Hours of each day in which nothing of it is sent. */
  readonly quietHours?: QuietHours;
  /** Client reference of the batch whose rejections these rows correct. It must have as many that nobody has corrected. */
  readonly corrects?: string;
  /** What the submitter knows from elsewhere. The ledger refuses a batch that differs. */
  readonly expect?: {
    readonly rows?: number;
    /** Per currency, over all rows whose amount is readable. Currencies that are left out must not occur. */
    readonly sums?: readonly Money[];
  };
  readonly onProgress?: (progress: Progress) => void;
  /** Looked at between pages. */
  readonly signal?: AbortSignal;
}

export interface Progress {
  readonly rowsRead: number;
  readonly pagesSent: number;
  readonly pagesAcknowledged: number;
}

/** A batch that the ledger has all pages of. What it says of the whole comes with waitForVerdict. */
export interface Submission {
  readonly clientReference: string;
  readonly batchId: BatchId;
  /** UUID of this call. */
  readonly submission: string;
  readonly rows: number;
  readonly pages: number;
  /** SHA-256 over terms and rows, hex. */
  readonly contentHash: string;
  /** Per currency, over all rows whose amount is readable. */
  readonly sums: readonly Money[];
  /** Where it came already. */
  readonly verdict: VerdictReply | undefined;
}

/** Throws SubmissionInvalid for what the ledger could only refuse. */
export function checkOptions(options: BatchOptions): void {
  const { clientReference, onRejections = 'hold', expect = {} } = options;
  checkReference(clientReference);
  if (!ON_REJECTIONS.includes(onRejections)) {
    throw new SubmissionInvalid(`onRejections is ${ON_REJECTIONS.join(', ')}`);
  }
  if (options.country !== undefined && !COUNTRIES.has(options.country)) {
    throw new SubmissionInvalid(`country is one of ${[...COUNTRIES].join(', ')}`);
  }
  const fault = termsFault(termsOf(options));
  if (fault !== undefined) throw new SubmissionInvalid(fault);
  if (options.corrects !== undefined) checkReference(options.corrects);
  const { rows = 1, sums = [] } = expect;
  if (!Number.isInteger(rows) || rows < 1 || rows > BATCH_ROWS_MAX) {
    throw new SubmissionInvalid(`expected rows are 1 to ${BATCH_ROWS_MAX}`);
  }
  const currencies = new Set(sums.map(({ currency }) => currency));
  if (currencies.size !== sums.length || sums.length > SUM_CURRENCIES_MAX) {
    throw new SubmissionInvalid('expected sums are one for each currency');
  }
  if (sums.some(({ units }) => units < 0n || units >= SUM_UNITS_LIMIT)) {
    throw new SubmissionInvalid('expected sums are 0 or above, and below 10^20');
  }
}

/** The terms as the ledger is told them. */
export function termsOf(options: BatchOptions): Terms {
  const { onRejections = 'hold', allowDuplicates = false } = options;
  const { notBefore, expiresAt, quietHours, corrects } = options;
  return {
    onRejections,
    allowDuplicates,
    ...(notBefore && { notBefore: notBefore.getTime() }),
    ...(expiresAt && { expiresAt: expiresAt.getTime() }),
    ...(quietHours && {
      quietHours: { from: quietHours.from, until: quietHours.until, zone: quietHours.zone },
    }),
    ...(corrects !== undefined && { corrects }),
  };
}

/** Throws SubmissionInvalid. */
export function checkReference(clientReference: string): void {
  try {
    checkClientReference(clientReference);
  } catch (cause) {
    throw new SubmissionInvalid(cause instanceof Error ? cause.message : '', { cause });
  }
}

/** Whose numbers can be topped up. */
const COUNTRIES: ReadonlySet<string> = new Set(
  [...DEFAULT_TARIFFS.values()].flatMap(({ countries }) => countries),
);

/** What the protocol carries: 24 digits of ten-thousandths. */
const SUM_UNITS_LIMIT = 10n ** 24n;
