import { sql } from '../drizzle.cjs';
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
} from '../drizzle.cjs';
import { factNo, id, moment, sha256, units } from './columns.ts';

export const notifications = pgTable(
  'notifications',
  {
    id: id(),
    at: moment('at').notNull().defaultNow(),
    account: text('account').notNull(),
    requestId: text('request_id'),
    status: text('status'),
    description: text('description'),
    amount: units('amount'),
    amountCurrency: text('amount_currency'),
    discount: units('discount'),
    discountCurrency: text('discount_currency'),
    unreadable: text('unreadable'),
    bodySha256: sha256('body_sha256').notNull(),
  },
  (table) => [
    index('notifications_request_id')
      .on(table.requestId)
      .where(sql`${table.requestId} is not null`),
  ],
);

export const notificationBodies = pgTable('notification_bodies', {
  notificationId: bigint('notification_id', { mode: 'bigint' }).primaryKey(),
  msisdn: text('msisdn'),
  contentType: text('content_type').notNull(),
  body: text('body').notNull(),
});

export const inbox = pgTable(
  'inbox',
  {
    notificationId: bigint('notification_id', { mode: 'bigint' }).primaryKey(),
    account: text('account').notNull(),
    requestId: text('request_id').notNull(),
    status: text('status').notNull(),
    msisdn: text('msisdn'),
    currency: text('currency'),
    amount: units('amount'),
    receivedAt: moment('received_at').notNull().defaultNow(),
    lookAt: moment('look_at').notNull().defaultNow(),
    waitsFrom: moment('waits_from').notNull().defaultNow(),
  },
  (table) => [
    index('inbox_look_at').on(table.lookAt),
    index('inbox_waits_from').on(table.account, table.waitsFrom),
    index('inbox_request_id').on(table.requestId),
    index('inbox_wish').on(table.msisdn, table.currency, table.amount),
  ],
);

export const validations = pgTable(
  'validations',
  {
    id: id(),
    at: moment('at').notNull().defaultNow(),
    account: text('account').notNull(),
    transactionId: text('transaction_id'),
    currency: text('currency'),
    amount: units('amount'),
    sourceAddress: text('source_address'),
    answer: text('answer').notNull(),
    reason: text('reason').notNull(),
    attemptId: bigint('attempt_id', { mode: 'bigint' }),
    batchNo: integer('batch_no'),
    seq: integer('seq'),
    bodySha256: sha256('body_sha256').notNull(),
  },
  (table) => [
    index('validations_line').on(table.batchNo, table.seq),
    check('validations_answer', sql`${table.answer} in ('yes','no')`),
  ],
);

export const validationBodies = pgTable('validation_bodies', {
  validationId: bigint('validation_id', { mode: 'bigint' }).primaryKey(),
  contentType: text('content_type').notNull(),
  body: text('body').notNull(),
});

export const permits = pgTable(
  'permits',
  {
    factNo: factNo(),
    at: moment('at').notNull().defaultNow(),
    attemptId: bigint('attempt_id', { mode: 'bigint' }).notNull(),
    batchNo: integer('batch_no').notNull(),
    seq: integer('seq').notNull(),
    account: text('account').notNull(),
    transactionId: text('transaction_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.attemptId, table.batchNo, table.seq] }),
    uniqueIndex('permits_transaction').on(table.account, table.transactionId),
  ],
);

export const adoptions = pgTable(
  'adoptions',
  {
    id: id(),
    at: moment('at').notNull().defaultNow(),
    requestId: text('request_id').notNull(),
    batchNo: integer('batch_no').notNull(),
    seq: integer('seq').notNull(),
    attemptNo: smallint('attempt_no').notNull(),
    enquiryId: bigint('enquiry_id', { mode: 'bigint' }),
    decisionId: bigint('decision_id', { mode: 'bigint' }),
  },
  (table) => [
    uniqueIndex('adoptions_request_id').on(table.requestId),
    index('adoptions_line').on(table.batchNo, table.seq),
  ],
);

export const resolutions = pgTable(
  'resolutions',
  {
    id: id(),
    at: moment('at').notNull().defaultNow(),
    batchNo: integer('batch_no').notNull(),
    seq: integer('seq').notNull(),
    attemptNo: smallint('attempt_no').notNull(),
    fromState: text('from_state').notNull(),
    toState: text('to_state').notNull(),
    evidence: text('evidence').notNull(),
    evidenceId: bigint('evidence_id', { mode: 'bigint' }),
    requestId: text('request_id'),
  },
  (table) => [
    index('resolutions_line').on(table.batchNo, table.seq),
    check(
      'resolutions_evidence',
      sql`${table.evidence} in ('answer','notification','enquiry','adoption','statement','decision','silence')`,
    ),
  ],
);

export const decisions = pgTable(
  'decisions',
  {
    id: id(),
    at: moment('at').notNull().defaultNow(),
    operator: text('operator').notNull(),
    verdict: text('verdict').notNull(),
    reason: text('reason').notNull(),
    confirms: bigint('confirms', { mode: 'bigint' }),
    selection: jsonb('selection').$type<Record<string, unknown>>().notNull(),
    lines: integer('lines').notNull(),
    sums: jsonb('sums').$type<Record<string, string>>().notNull(),
  },
  (table) => [
    uniqueIndex('decisions_confirms').on(table.confirms),
    check('decisions_verdict', sql`${table.verdict} in ('paid','unpaid')`),
  ],
);

export const decisionLines = pgTable(
  'decision_lines',
  {
    factNo: factNo(),
    decisionId: bigint('decision_id', { mode: 'bigint' }).notNull(),
    batchNo: integer('batch_no').notNull(),
    seq: integer('seq').notNull(),
    attemptNo: smallint('attempt_no').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.decisionId, table.batchNo, table.seq] }),
    index('decision_lines_line').on(table.batchNo, table.seq),
  ],
);
