import { sql } from '../drizzle.cjs';
import {
  bigint,
  boolean,
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
import { factNo, moment, sha256, units } from './columns.ts';

export const statementImports = pgTable(
  'statement_imports',
  {
    no: integer('no').primaryKey().generatedAlwaysAsIdentity(),
    account: text('account').notNull(),
    operator: text('operator').notNull(),
    state: text('state').notNull().default('importing'),
    startedAt: moment('started_at').notNull().defaultNow(),
    touchedAt: moment('touched_at').notNull().defaultNow(),
    discardedAt: moment('discarded_at'),
  },
  (table) => [
    index('statement_imports_undiscarded')
      .on(table.no)
      .where(sql`${table.discardedAt} is null and ${table.state} <> 'closed'`),
    check(
      'statement_imports_state',
      sql`${table.state} in ('importing','closed','same','refused','abandoned')`,
    ),
  ],
);

/** What was found when a statement was held against the ledger, by class. */
export type StatementCounts = Readonly<Record<string, number>>;

export const statements = pgTable(
  'statements',
  {
    factNo: factNo(),
    no: integer('no').primaryKey(),
    at: moment('at').notNull().defaultNow(),
    account: text('account').notNull(),
    periodFrom: moment('period_from').notNull(),
    periodTo: moment('period_to').notNull(),
    sha256: sha256('sha256').notNull(),
    rows: integer('rows').notNull(),
    sums: jsonb('sums').$type<Record<string, string>>().notNull(),
    counts: jsonb('counts').$type<StatementCounts>().notNull(),
    profile: jsonb('profile').$type<Record<string, unknown>>().notNull(),
    operator: text('operator').notNull(),
  },
  (table) => [
    uniqueIndex('statements_file').on(table.account, table.sha256),
    check('statements_period', sql`${table.periodFrom} < ${table.periodTo}`),
  ],
);

export const statementRows = pgTable(
  'statement_rows',
  {
    statementNo: integer('statement_no').notNull(),
    row: integer('row').notNull(),
    amount: units('amount').notNull(),
    discount: units('discount'),
    content: bigint('content', { mode: 'bigint' }).notNull(),
    at: moment('at'),
    currency: text('currency').notNull(),
    word: text('word').notNull(),
    requestId: text('request_id'),
    msisdn: text('msisdn'),
  },
  (table) => [
    primaryKey({ columns: [table.statementNo, table.row] }),
    check('statement_rows_word', sql`${table.word} in ('Success','Failed','Sent')`),
  ],
);

export const statementMatches = pgTable(
  'statement_matches',
  {
    statementNo: integer('statement_no').notNull(),
    row: integer('row').notNull(),
    batchNo: integer('batch_no').notNull(),
    seq: integer('seq').notNull(),
    otherAmount: boolean('other_amount').notNull(),
    otherDiscount: boolean('other_discount').notNull(),
    otherPhone: boolean('other_phone').notNull(),
    otherStatus: boolean('other_status').notNull(),
    candidate: boolean('candidate').notNull().default(false),
    otherAccount: text('other_account'),
    state: text('state').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.statementNo, table.row] }),
    index('statement_matches_line').on(table.batchNo, table.seq),
  ],
);

export const statementWords = pgTable(
  'statement_words',
  {
    factNo: factNo(),
    statementNo: integer('statement_no').notNull(),
    row: integer('row').notNull(),
    amount: units('amount').notNull(),
    discount: units('discount'),
    toldAt: moment('told_at').notNull(),
    account: text('account').notNull(),
    requestId: text('request_id').notNull(),
    word: text('word').notNull(),
    currency: text('currency').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.statementNo, table.row] }),
    index('statement_words_request_id').on(table.requestId),
    check('statement_words_word', sql`${table.word} in ('Success','Failed')`),
  ],
);

export const statementInbox = pgTable(
  'statement_inbox',
  {
    statementNo: integer('statement_no').notNull(),
    row: integer('row').notNull(),
    amount: units('amount').notNull(),
    receivedAt: moment('received_at').notNull().defaultNow(),
    lookAt: moment('look_at').notNull().defaultNow(),
    waitsFrom: moment('waits_from').notNull().defaultNow(),
    account: text('account').notNull(),
    requestId: text('request_id'),
    word: text('word').notNull(),
    msisdn: text('msisdn'),
    currency: text('currency').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.statementNo, table.row] }),
    index('statement_inbox_look_at').on(table.lookAt),
    index('statement_inbox_waits_from').on(table.account, table.waitsFrom),
    index('statement_inbox_request_id').on(table.requestId),
    index('statement_inbox_wish').on(table.msisdn, table.currency, table.amount),
  ],
);

export const statementFindings = pgTable(
  'statement_findings',
  {
    factNo: factNo(),
    discrepancyId: bigint('discrepancy_id', { mode: 'bigint' }).primaryKey(),
    statementNo: integer('statement_no').notNull(),
    row: integer('row'),
    kind: text('kind').notNull(),
    subject: text('subject').notNull(),
  },
  (table) => [
    uniqueIndex('statement_findings_subject').on(table.kind, table.subject),
    index('statement_findings_statement').on(table.statementNo),
  ],
);

export const discrepancySteps = pgTable(
  'discrepancy_steps',
  {
    factNo: factNo(),
    discrepancyId: bigint('discrepancy_id', { mode: 'bigint' }).notNull(),
    at: moment('at').notNull().defaultNow(),
    stepNo: smallint('step_no').notNull(),
    step: text('step').notNull(),
    operator: text('operator').notNull(),
    reason: text('reason'),
  },
  (table) => [
    primaryKey({ columns: [table.discrepancyId, table.stepNo] }),
    check(
      'discrepancy_steps_step',
      sql`${table.step} in ('taken','explained','closed','reopened')`,
    ),
  ],
);
