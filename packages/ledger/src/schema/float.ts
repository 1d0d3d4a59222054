import { sql } from '../drizzle.cjs';
import {
  boolean,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from '../drizzle.cjs';
import { id, moment, units } from './columns.ts';

/** Written by the triggers of `lines` (migrations/0019_float_by_hand.sql), and for what a person enters. */
export const postings = pgTable(
  'postings',
  {
    id: id(),
    at: moment('at').notNull().defaultNow(),
    openedAt: moment('opened_at'),
    funded: units('funded')
      .notNull()
      .default(sql`0`),
    reserved: units('reserved')
      .notNull()
      .default(sql`0`),
    spent: units('spent')
      .notNull()
      .default(sql`0`),
    due: units('due')
      .notNull()
      .default(sql`0`),
    used: units('used')
      .notNull()
      .default(sql`0`),
    batchNo: integer('batch_no'),
    lines: integer('lines').notNull().default(0),
    account: text('account').notNull(),
    currency: text('currency').notNull(),
    kind: text('kind').notNull(),
    reference: text('reference'),
    operator: text('operator'),
    reason: text('reason'),
  },
  (table) => [
    index('postings_batch').on(table.batchNo),
    uniqueIndex('postings_reference')
      .on(table.account, table.kind, table.reference)
      .where(sql`${table.reference} is not null`),
    check(
      'postings_kind',
      sql`${table.kind} in ('reserve','void','post','adjust','refund_expected','refund_withdrawn','late','top_up','withdrawal','refund','write_off')`,
    ),
  ],
);

/** Derived from `postings` by their trigger, and added up as tallies are. */
export const floatSums = pgTable(
  'float_sums',
  {
    funded: units('funded').notNull(),
    reserved: units('reserved').notNull(),
    spent: units('spent').notNull(),
    due: units('due').notNull(),
    folded: boolean('folded').notNull().default(false),
    account: text('account').notNull(),
    currency: text('currency').notNull(),
  },
  (table) => [
    index('float_sums_account').on(table.account, table.currency),
    index('float_sums_unfolded')
      .on(table.account)
      .where(sql`not ${table.folded}`),
  ],
);

/** What is wanted of a float. */
export const floats = pgTable(
  'floats',
  {
    account: text('account').notNull(),
    currency: text('currency').notNull(),
    enforced: boolean('enforced').notNull().default(false),
    low: units('low'),
    version: integer('version').notNull().default(1),
    changedAt: moment('changed_at').notNull().defaultNow(),
    operator: text('operator').notNull(),
  },
  (table) => [primaryKey({ columns: [table.account, table.currency] })],
);

/** Derived from `postings` by their trigger: what counts against caps of a period. */
export const capUses = pgTable(
  'cap_uses',
  {
    /** Of the attempts, to a quarter of an hour: days of every time zone begin with one. */
    bucket: moment('bucket').notNull(),
    amount: units('amount').notNull(),
    folded: boolean('folded').notNull().default(false),
    account: text('account').notNull(),
    source: text('source').notNull(),
    currency: text('currency').notNull(),
  },
  (table) => [
    index('cap_uses_bucket').on(table.currency, table.bucket),
    index('cap_uses_unfolded')
      .on(table.bucket)
      .where(sql`not ${table.folded}`),
  ],
);

export const caps = pgTable(
  'caps',
  {
    name: text('name').primaryKey(),
    per: text('per').notNull(),
    period: text('period'),
    zone: text('zone').notNull().default('UTC'),
    currency: text('currency').notNull(),
    amount: units('amount').notNull(),
    source: text('source'),
    enabled: boolean('enabled').notNull().default(true),
    version: integer('version').notNull().default(1),
    changedAt: moment('changed_at').notNull().defaultNow(),
    operator: text('operator').notNull(),
  },
  (table) => [
    check('caps_per', sql`${table.per} in ('batch','source','account','recipient')`),
    check('caps_period', sql`${table.period} in ('day','week','month')`),
    check('caps_when', sql`(${table.per} = 'batch') = (${table.period} is null)`),
    check('caps_amount', sql`${table.amount} >= 0`),
  ],
);
