import { createHash } from 'node:crypto';
import {
  currency,
  msisdn,
  readAnswer,
  type KnownTexts,
  type Money,
  type ProviderAnswer,
} from '@salio/domain';
import type { RecordedAnswer } from '@salio/ledger';
import { z } from 'zod';

/** One answer as one line of text, with a checksum over it. How it was read is not in it: that follows from the answer. */
export function writeLine({ attempt, answer, tookMs }: RecordedAnswer): string {
  const { attemptId, sendNo, account, idempotencyKey, lines } = attempt;
  const kept = { attempt: { attemptId, sendNo, account, idempotencyKey, lines }, answer, tookMs };
  // Read back once, so that the checksum is over what a reader finds.
  const entry: unknown = JSON.parse(JSON.stringify(kept, plain));
  return JSON.stringify({ sha256: checksum(entry), entry });
}

/** Undefined where the line is torn, altered, or of another version. */
export function readLine(text: string, texts: KnownTexts): RecordedAnswer | undefined {
  try {
    const { sha256, entry } = ENVELOPE.parse(JSON.parse(text));
    if (sha256 !== checksum(entry)) return undefined;
    const { attempt, answer, tookMs } = ENTRY.parse(entry);
    return { attempt, answer, tookMs, reading: readAnswer(attempt.lines, answer, texts) };
  } catch {
    return undefined; // whatever is wrong with it, the line can't be read
  }
}

function checksum(entry: unknown): string {
  return createHash('sha256').update(JSON.stringify(entry)).digest('hex');
}

/** Money as text, and what is absent as null: every field of an entry is there. */
function plain(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : (value ?? null);
}

const absent = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullable().transform((value) => value ?? undefined);

const MONEY = z
  .object({ currency: z.string(), units: z.string().regex(/^-?\d{1,19}$/) })
  .transform((money): Money => ({
    currency: currency(money.currency),
    units: BigInt(money.units),
  }));

const CONTENT = z.object({
  errorMessage: z.string(),
  numSent: absent(z.number()),
  totalAmount: z.string(),
  totalDiscount: z.string(),
  entries: z.array(
    z.object({
      phoneNumber: z.string(),
      status: z.string(),
      requestId: z.string(),
      errorMessage: z.string(),
      amount: absent(MONEY),
      discount: absent(MONEY),
    }),
  ),
});

const ANSWER: z.ZodType<ProviderAnswer> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('response'),
    status: z.number(),
    body: z.string(),
    content: absent(CONTENT),
  }),
  z.object({ kind: z.literal('not_sent'), reason: z.string() }),
  z.object({ kind: z.literal('lost'), reason: z.string() }),
]);

const ENVELOPE = z.object({ sha256: z.string(), entry: z.unknown() });

const ENTRY = z.object({
  attempt: z.object({
    attemptId: z.string().regex(/^\d{1,19}$/),
    sendNo: z.number().int(),
    account: z.string(),
    idempotencyKey: z.string().regex(/^[0-9a-f]{64}$/),
    lines: z.array(
      z.object({
        batchNo: z.number().int(),
        seq: z.number().int(),
        attemptNo: z.number().int(),
        msisdn: z.string().transform(msisdn),
        amount: MONEY,
      }),
    ),
  }),
  answer: ANSWER,
  tookMs: z.number(),
});
