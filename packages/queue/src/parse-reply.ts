import { z } from 'zod';
import {
  BATCH_STATES,
  LINE_STATES,
  REJECTION_REASONS,
  ROW_LIMITS,
  batchId,
  parseMoney,
  type RejectionReason,
} from '@salio/domain';
import { hashText, rowCount, sumTuples, uuidText } from './fields.ts';
import { ASK_ITEMS_MAX } from './message.ts';
import { PAGES_MAX } from './parse-message.ts';
import { DETAIL_MAX, MISSING_PAGES_MAX, REFUSAL_REASONS, VERDICTS, type Reply } from './reply.ts';

/** Reads a reply's body. Undefined where it is none. */
export function parseReply(data: unknown): Reply | undefined {
  const parsed = schema.safeParse(data);
  return parsed.success ? parsed.data : undefined;
}

/** Mismatches have short names, and are few. */
const MISMATCHES_MAX = 16;
const MISMATCH_LENGTH_MAX = 64;
/** The provider documents no length; theirs have some 40 characters. */
const REQUEST_ID_MAX = 128;

const pageNumber = z
  .int()
  .min(0)
  .max(PAGES_MAX - 1);
const moneyText = z.string().refine((text) => parseMoney(text) !== undefined);
const batch = { batchId: uuidText.transform(batchId) };
const next = rowCount.optional();

// JSON leaves out what is undefined; these put it back, as the types of replies promise.
const ack = z.strictObject({
  ...batch,
  kind: z.literal('ack'),
  submission: uuidText,
  page: pageNumber,
  hash: hashText,
});

const closingAck = z.strictObject({
  ...batch,
  kind: z.literal('closing_ack'),
  submission: uuidText,
  contentHash: hashText,
});

const refusal = z
  .strictObject({
    ...batch,
    kind: z.literal('refusal'),
    submission: uuidText.optional(),
    page: z.union([pageNumber, z.literal('closing')]).optional(),
    reason: z.enum(REFUSAL_REASONS),
    detail: z.string().max(DETAIL_MAX),
  })
  .transform(({ submission, page, ...rest }) => ({ ...rest, submission, page }));

const verdict = z
  .strictObject({
    ...batch,
    kind: z.literal('verdict'),
    submission: uuidText.optional(),
    verdict: z.enum(VERDICTS),
    mismatches: z.array(z.string().max(MISMATCH_LENGTH_MAX)).max(MISMATCHES_MAX),
    missingPages: z.array(pageNumber).max(MISSING_PAGES_MAX),
    state: z.enum(BATCH_STATES).optional(),
    rows: rowCount,
    lines: rowCount,
    rejected: rowCount,
    sums: sumTuples,
    contentHash: z.union([hashText, z.literal('')]),
    at: z.iso.datetime(),
  })
  .transform(({ submission, state, ...rest }) => ({ ...rest, submission, state }));

const outcome = z
  .strictObject({
    seq: rowCount,
    reference: z.string().max(ROW_LIMITS.reference),
    state: z.enum(LINE_STATES),
    amount: moneyText,
    discount: moneyText.optional(),
    requestId: z.string().max(REQUEST_ID_MAX).optional(),
    reason: z.string().max(DETAIL_MAX).optional(),
  })
  .transform(({ discount, requestId, reason, ...rest }) => ({
    ...rest,
    discount,
    requestId,
    reason,
  }));

const outcomes = z
  .strictObject({
    ...batch,
    kind: z.literal('outcomes'),
    state: z.enum(BATCH_STATES),
    items: z.array(outcome).max(ASK_ITEMS_MAX),
    next,
  })
  .transform(({ next: after, ...rest }) => ({ ...rest, next: after }));

const rejectionReason = z.custom<RejectionReason>(
  (value) => typeof value === 'string' && Object.hasOwn(REJECTION_REASONS, value),
);

const rejection = z
  .strictObject({
    row: rowCount,
    reason: rejectionReason,
    column: z.enum(['phone', 'amount', 'currency', 'reference', 'note']).optional(),
    detail: z.string().max(DETAIL_MAX),
  })
  .transform(({ column, ...rest }) => ({ ...rest, column }));

const rejections = z
  .strictObject({
    ...batch,
    kind: z.literal('rejections'),
    items: z.array(rejection).max(ASK_ITEMS_MAX),
    next,
  })
  .transform(({ next: after, ...rest }) => ({ ...rest, next: after }));

const progress = z.strictObject({
  ...batch,
  kind: z.literal('progress'),
  state: z.enum(BATCH_STATES),
  states: z.partialRecord(z.enum(LINE_STATES), rowCount),
});

const schema = z.union([ack, closingAck, refusal, verdict, progress, outcomes, rejections]);
