import { sql } from '../drizzle.cjs';
import {
  bigint,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
} from '../drizzle.cjs';
import { factNo, id, moment, sha256, units } from './columns.ts';

export const attempts = pgTable('attempts', {
  factNo: factNo(),
  id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
  batchNo: integer('batch_no').notNull(),
  chunk: integer('chunk').notNull(),
  lines: smallint('lines').notNull(),
  account: text('account').notNull(),
  idempotencyKey: sha256('idempotency_key').notNull(),
  bodySha256: sha256('body_sha256').notNull(),
  openedAt: moment('opened_at').notNull().defaultNow(),
});

export const attemptLines = pgTable(
  'attempt_lines',
  {
    factNo: factNo(),
    batchNo: integer('batch_no').notNull(),
    seq: integer('seq').notNull(),
    attemptNo: smallint('attempt_no').notNull(),
    attemptId: bigint('attempt_id', { mode: 'bigint' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.batchNo, table.seq, table.attemptNo] })],
);

export const sends = pgTable(
  'sends',
  {
    factNo: factNo(),
    attemptId: bigint('attempt_id', { mode: 'bigint' }).notNull(),
    sendNo: smallint('send_no').notNull(),
    epoch: integer('epoch').notNull(),
    sendBy: moment('send_by').notNull(),
    resendAt: moment('resend_at')
      .notNull()
      .default(sql`'infinity'`),
    openedAt: moment('opened_at').notNull().defaultNow(),
    worker: text('worker').notNull(),
  },
  (table) => [primaryKey({ columns: [table.attemptId, table.sendNo] })],
);

export const answers = pgTable(
  'answers',
  {
    factNo: factNo(),
    attemptId: bigint('attempt_id', { mode: 'bigint' }).notNull(),
    sendNo: smallint('send_no').notNull(),
    httpStatus: smallint('http_status'),
    numSent: integer('num_sent'),
    tookMs: integer('took_ms').notNull(),
    recordedAt: moment('recorded_at').notNull().defaultNow(),
    kind: text('kind').notNull(),
    reason: text('reason'),
    errorMessage: text('error_message'),
    totalAmount: text('total_amount'),
    totalDiscount: text('total_discount'),
    bodySha256: sha256('body_sha256'),
  },
  (table) => [
    primaryKey({ columns: [table.attemptId, table.sendNo] }),
    check('answers_kind', sql`${table.kind} in ('response','not_sent','lost')`),
  ],
);

export const endings = pgTable(
  'endings',
  {
    factNo: factNo(),
    batchNo: integer('batch_no').notNull(),
    seq: integer('seq').notNull(),
    attemptNo: smallint('attempt_no').notNull(),
    sendNo: smallint('send_no').notNull(),
    amount: units('amount'),
    discount: units('discount'),
    kind: text('kind').notNull(),
    scope: text('scope'),
    reason: text('reason'),
    requestId: text('request_id'),
    status: text('status'),
    errorText: text('error_text'),
    amountCurrency: text('amount_currency'),
    discountCurrency: text('discount_currency'),
  },
  (table) => [
    primaryKey({ columns: [table.batchNo, table.seq, table.attemptNo, table.sendNo] }),
    uniqueIndex('endings_request_id')
      .on(table.requestId)
      .where(sql`${table.requestId} is not null`),
    check(
      'endings_kind',
      sql`${table.kind} in ('accepted','refused','not_sent','duplicate','unknown')`,
    ),
    check('endings_accepted', sql`(${table.kind} = 'accepted') = (${table.requestId} is not null)`),
    check('endings_scope', sql`(${table.kind} = 'refused') = (${table.scope} is not null)`),
  ],
);

export const answerBodies = pgTable(
  'answer_bodies',
  {
    attemptId: bigint('attempt_id', { mode: 'bigint' }).notNull(),
    sendNo: smallint('send_no').notNull(),
    body: text('body').notNull(),
  },
  (table) => [primaryKey({ columns: [table.attemptId, table.sendNo] })],
);

export const discrepancies = pgTable(
  'discrepancies',
  {
    id: id(),
    at: moment('at').notNull().defaultNow(),
    kind: text('kind').notNull(),
    batchNo: integer('batch_no'),
    seq: integer('seq'),
    attemptId: bigint('attempt_id', { mode: 'bigint' }),
    detail: text('detail').notNull(),
  },
  (table) => [index('discrepancies_line').on(table.batchNo, table.seq)],
);

export const enquiries = pgTable(
  'enquiries',
  {
    id: id(),
    at: moment('at').notNull().defaultNow(),
    batchNo: integer('batch_no'),
    seq: integer('seq'),
    requestId: text('request_id').notNull(),
    status: text('status').notNull(),
    httpStatus: smallint('http_status'),
    reason: text('reason'),
    bodySha256: sha256('body_sha256').notNull(),
    operator: text('operator').notNull(),
  },
  (table) => [
    index('enquiries_line').on(table.batchNo, table.seq),
    index('enquiries_request_id').on(table.requestId),
    check(
      'enquiries_status',
      sql`${table.status} in ('Queued','Sent','Success','Failed','unknown')`,
    ),
  ],
);
