import {
  batchId,
  BATCH_STATES,
  formatMoney,
  LINE_STATES,
  parseMoney,
  type BatchId,
  type Money,
} from '@salio/domain';
import { z } from 'zod';

/** A moment as ISO 8601 in UTC or with an offset. */
export const moment = z.codec(z.iso.datetime({ offset: true }), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

/** `KES 1000.5000`: a currency, and whole units with up to four decimals. */
export const money = z.codec(
  z
    .string()
    .max(40)
    .regex(/^[A-Z]{3} -?\d{1,15}(\.\d{1,4})?$/, 'is written like "KES 1000.50"'),
  z.custom<Money>(),
  {
    decode: (text, context) => {
      const read = parseMoney(text);
      if (read) return read;
      context.issues.push({
        code: 'custom',
        message: 'is written like "KES 1000.50"',
        input: text,
      });
      return z.NEVER;
    },
    encode: formatMoney,
  },
);

/** A whole number in a query. */
export const whole = (minimum: number, maximum: number) =>
  z.coerce.number<string | number>().int().min(minimum).max(maximum);

export const lineState = z.enum(LINE_STATES);
export const batchState = z.enum(BATCH_STATES);
/** A page of a list. */
export const pageSize = whole(1, 1_000).default(100);

/** Why somebody does it: it is written down. */
export const reason = z
  .string()
  .max(1_000)
  .refine((text) => text.trim() !== '', 'must say something');
/** An id, or a client reference where only one source uses it. */
export const batchName = z.string().min(1).max(128);
/** An id alone. */
export const batchIdField = z.codec(z.guid(), z.custom<BatchId>(), {
  decode: batchId,
  encode: (id) => id,
});
export const batchParams = z.strictObject({ batch: batchName });
export const version = z.int().min(1).max(2_147_483_647);
export const count = z.int().min(0);
export const sums = z.array(money).max(50).readonly();
/** In a query. */
export const flag = z.codec(z.enum(['true', 'false']), z.boolean(), {
  decode: (text) => text === 'true',
  encode: (value) => (value ? 'true' : 'false'),
});

/** Several of a list, between commas, in a query. */
export const oneOrMore = <const Value extends string>(values: readonly [Value, ...Value[]]) => {
  const one = z.enum(values);
  return z.codec(z.string().max(300), z.array(one).min(1).max(values.length), {
    decode: (text) => text.split(',') as Value[], // safe because the array's own schema looks at each
    encode: (list) => list.join(','),
  });
};
