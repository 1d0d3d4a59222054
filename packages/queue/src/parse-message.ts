import { z } from 'zod';
import { BATCH_ROWS_MAX, ON_REJECTIONS, PAGE_ROWS, batchId, termsFault } from '@salio/domain';
import {
  clientReferenceText,
  describeIssue,
  epochMs,
  hashText,
  ID_MAX,
  idText,
  rowCount,
  signatureText,
  sumTuples,
  uuidText,
} from './fields.ts';
import { JobInvalid } from './job-invalid.ts';
import { ASK_ITEMS_MAX, PROTOCOL_VERSION, QUESTIONS, type IntakeMessage } from './message.ts';
import { INTAKE_QUEUE } from './names.ts';
import { rowTuples } from './row-tuple.ts';

/** Reads an intake job's data. Says nothing of who sent it: see verifyMessage. Throws JobInvalid. */
export function parseIntakeMessage(data: unknown): IntakeMessage {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const { field, why } = describeIssue(parsed.error);
  throw new JobInvalid(INTAKE_QUEUE, field, why);
}

/** Pages of the longest batch. */
export const PAGES_MAX = Math.ceil(BATCH_ROWS_MAX / PAGE_ROWS);

// Strict throughout: a field that the signature does not cover has no business in a message.
const head = {
  v: z.literal(PROTOCOL_VERSION),
  ledgerId: idText,
  source: idText,
  batchId: uuidText.transform(batchId),
  clientReference: clientReferenceText,
  expiresAt: epochMs,
  signature: signatureText,
};

const page = z.strictObject({
  ...head,
  kind: z.literal('page'),
  submission: uuidText,
  page: z
    .int()
    .min(0)
    .max(PAGES_MAX - 1),
  rows: rowTuples,
  hash: hashText,
});

const closing = z.strictObject({
  ...head,
  kind: z.literal('closing'),
  submission: uuidText,
  declaration: z.strictObject({
    pages: z.int().min(1).max(PAGES_MAX),
    rows: rowCount,
    contentHash: hashText,
    controlSums: sumTuples,
  }),
  terms: z
    .strictObject({
      onRejections: z.enum(ON_REJECTIONS),
      allowDuplicates: z.boolean(),
      notBefore: epochMs.optional(),
      expiresAt: epochMs.optional(),
      quietHours: z
        .strictObject({ from: z.string(), until: z.string(), zone: z.string().max(ID_MAX) })
        .optional(),
      corrects: clientReferenceText.optional(),
    })
    .refine((terms) => termsFault(terms) === undefined),
});

const ask = z.strictObject({
  ...head,
  kind: z.literal('ask'),
  ask: uuidText,
  question: z.enum(QUESTIONS),
  submission: uuidText.optional(),
  after: rowCount,
  limit: z.int().min(1).max(ASK_ITEMS_MAX),
});

const schema = z.discriminatedUnion('kind', [page, closing, ask]);
