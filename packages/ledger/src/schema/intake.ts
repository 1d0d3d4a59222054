import { sql } from '../drizzle.cjs';
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  time,
  uniqueIndex,
  uuid,
} from '../drizzle.cjs';
import { factNo, moment, units } from './columns.ts';

export const ledgers = pgTable(
  'ledgers',
  {
    factNo: factNo(),
    only: boolean('only').primaryKey().default(true),
    id: uuid('id').notNull().defaultRandom(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [check('ledgers_only', sql`${table.only}`)],
);

export const sources = pgTable('sources', {
  name: text('name').primaryKey(),
  publicKey: text('public_key').notNull(),
  createdAt: moment('created_at').notNull().defaultNow(),
  previousKey: text('previous_key'),
  previousUntil: moment('previous_until'),
  rotatedAt: moment('rotated_at'),
  revokedAt: moment('revoked_at'),
});

export const batches = pgTable(
  'batches',
  {
    id: uuid('id').primaryKey(),
    source: text('source')
      .notNull()
      .references(() => sources.name),
    clientReference: text('client_reference').notNull(),
    state: text('state').notNull(),
    stateReason: text('state_reason'),
    pausedFor: text('paused_for'),
    batchNo: integer('batch_no'),
    contentHash: text('content_hash'),
    rows: integer('rows'),
    lines: integer('lines'),
    rejected: integer('rejected'),
    version: integer('version').notNull().default(1),
    releasedAt: moment('released_at'),
    notBefore: moment('not_before'),
    expiresAt: moment('expires_at'),
    quietFrom: time('quiet_from'),
    quietUntil: time('quiet_until'),
    quietZone: text('quiet_zone'),
    corrects: integer('corrects'),
    createdAt: moment('created_at').notNull().defaultNow(),
    stateAt: moment('state_at').notNull().defaultNow(),
    emptiedAt: moment('emptied_at'),
  },
  (table) => [
    uniqueIndex('batches_source_reference').on(table.source, table.clientReference),
    uniqueIndex('batches_batch_no').on(table.batchNo),
    index('batches_client_reference').on(table.clientReference),
    index('batches_created_at').on(table.createdAt),
    index('batches_expiring')
      .on(table.expiresAt)
      .where(
        sql`${table.expiresAt} is not null and ${table.state} in ('checked','released','paused')`,
      ),
    index('batches_emptiable')
      .on(table.stateAt, table.batchNo)
      .where(
        sql`${table.state} in ('completed','cancelled') and (${table.emptiedAt} is null or ${table.emptiedAt} < ${table.stateAt})`,
      ),
    index('batches_correcting')
      .on(table.corrects)
      .where(sql`${table.corrects} is not null`),
    check(
      'batches_quiet',
      sql`num_nulls(${table.quietFrom}, ${table.quietUntil}, ${table.quietZone}) in (0, 3)`,
    ),
    check(
      'batches_state',
      sql`${table.state} in ('receiving','checked','released','paused','completed','refused','abandoned','cancelled')`,
    ),
    check(
      'batches_numbered',
      sql`(${table.batchNo} is not null) = (${table.state} not in ('receiving','refused','abandoned'))`,
    ),
  ],
);

export const batchSums = pgTable(
  'batch_sums',
  {
    factNo: factNo(),
    batchNo: integer('batch_no').notNull(),
    currency: text('currency').notNull(),
    lines: integer('lines').notNull(),
    amount: units('amount').notNull(),
  },
  (table) => [primaryKey({ columns: [table.batchNo, table.currency] })],
);

export const submissions = pgTable(
  'submissions',
  {
    no: integer('no').primaryKey().generatedAlwaysAsIdentity(),
    id: uuid('id').notNull(),
    batchId: uuid('batch_id')
      .notNull()
      .references(() => batches.id),
    state: text('state').notNull().default('receiving'),
    declaredPages: integer('declared_pages'),
    declaredRows: integer('declared_rows'),
    declaredContentHash: text('declared_content_hash'),
    declaredSums: jsonb('declared_sums').$type<Record<string, string>>(),
    onRejections: text('on_rejections'),
    allowDuplicates: boolean('allow_duplicates'),
    furtherTerms: jsonb('further_terms').$type<Record<string, string>>(),
    mismatches: text('mismatches').array(),
    createdAt: moment('created_at').notNull().defaultNow(),
    decidedAt: moment('decided_at'),
    discardedAt: moment('discarded_at'),
  },
  (table) => [
    uniqueIndex('submissions_id').on(table.id),
    index('submissions_batch').on(table.batchId),
    index('submissions_undiscarded')
      .on(table.no)
      .where(sql`${table.discardedAt} is null and ${table.state} in ('same','conflict','refused')`),
    index('submissions_receiving')
      .on(table.no)
      .where(sql`${table.state} = 'receiving'`),
    check(
      'submissions_state',
      sql`${table.state} in ('receiving','accepted','same','conflict','refused')`,
    ),
  ],
);

export const pages = pgTable(
  'pages',
  {
    factNo: factNo(),
    submissionNo: integer('submission_no').notNull(),
    page: integer('page').notNull(),
    hash: text('hash').notNull(),
    rows: integer('rows').notNull(),
    controlSums: jsonb('control_sums').$type<Record<string, string>>().notNull(),
    takenAt: moment('taken_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.submissionNo, table.page] })],
);

export const rejections = pgTable(
  'rejections',
  {
    factNo: factNo(),
    submissionNo: integer('submission_no').notNull(),
    row: integer('row').notNull(),
    reason: text('reason').notNull(),
    column: text('column_name'),
    detail: text('detail').notNull(),
  },
  (table) => [primaryKey({ columns: [table.submissionNo, table.row] })],
);

export const lineReferences = pgTable(
  'line_references',
  {
    factNo: factNo(),
    source: text('source').notNull(),
    reference: text('reference').notNull(),
    batchNo: integer('batch_no').notNull(),
    seq: integer('seq').notNull(),
  },
  (table) => [primaryKey({ columns: [table.source, table.reference] })],
);
