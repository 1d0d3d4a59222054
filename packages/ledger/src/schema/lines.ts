import { sql } from '../drizzle.cjs';
import { check, index, integer, pgTable, primaryKey, smallint, text, uuid } from '../drizzle.cjs';
import { moment, units } from './columns.ts';

export const lines = pgTable(
  'lines',
  {
    batchNo: integer('batch_no').notNull(),
    seq: integer('seq').notNull(),
    amount: units('amount').notNull(),
    discount: units('discount'),
    notBefore: moment('not_before'),
    replayBy: moment('replay_by'),
    updatedAt: moment('updated_at').notNull().defaultNow(),
    attemptNo: smallint('attempt_no').notNull().default(0),
    currency: text('currency').notNull(),
    state: text('state').notNull().default('pending'),
    reason: text('reason'),
    charge: text('charge'),
  },
  (table) => [
    primaryKey({ columns: [table.batchNo, table.seq] }),
    check('lines_charge', sql`${table.charge} in ('reserved','charged','due')`),
    check('lines_amount', sql`${table.amount} > 0`),
    check(
      'lines_state',
      sql`${table.state} in ('pending','queued','held','sending','sent','succeeded','failed','unresolved','cancelled')`,
    ),
  ],
);

export const recipients = pgTable(
  'recipients',
  {
    batchNo: integer('batch_no').notNull(),
    seq: integer('seq').notNull(),
    msisdn: text('msisdn').notNull(),
    reference: text('reference'),
    note: text('note'),
  },
  (table) => [
    primaryKey({ columns: [table.batchNo, table.seq] }),
    index('recipients_msisdn').on(table.msisdn),
  ],
);

export const keptReferences = pgTable(
  'kept_references',
  {
    batchNo: integer('batch_no').notNull(),
    seq: integer('seq').notNull(),
    reference: text('reference').notNull(),
  },
  (table) => [primaryKey({ columns: [table.batchNo, table.seq] })],
);

export const chunks = pgTable(
  'chunks',
  {
    batchNo: integer('batch_no').notNull(),
    chunk: integer('chunk').notNull(),
    firstSeq: integer('first_seq').notNull(),
    lastSeq: integer('last_seq').notNull(),
    state: text('state').notNull().default('open'),
    epoch: integer('epoch').notNull().default(0),
    leaseToken: uuid('lease_token'),
    leaseUntil: moment('lease_until'),
    rescueAt: moment('rescue_at'),
    generation: integer('generation').notNull().default(0),
    dispatchedAt: moment('dispatched_at'),
    notBefore: moment('not_before'),
    lookAt: moment('look_at'),
  },
  (table) => [
    primaryKey({ columns: [table.batchNo, table.chunk] }),
    index('chunks_ready')
      .on(table.batchNo, table.chunk)
      .where(
        sql`${table.state} = 'open' and ${table.dispatchedAt} is null and ${table.leaseToken} is null`,
      ),
    index('chunks_dispatched')
      .on(table.dispatchedAt)
      .where(sql`${table.dispatchedAt} is not null`),
    index('chunks_leased')
      .on(table.rescueAt)
      .where(sql`${table.leaseToken} is not null`),
    index('chunks_open')
      .on(table.batchNo)
      .where(sql`${table.state} = 'open'`),
    index('chunks_look_at')
      .on(table.lookAt)
      .where(sql`${table.lookAt} is not null`),
    check('chunks_state', sql`${table.state} in ('open','done')`),
  ],
);

export const turns = pgTable(
  'turns',
  {
    batchNo: integer('batch_no').primaryKey(),
    dueAt: moment('due_at').notNull().defaultNow(),
  },
  (table) => [index('turns_due').on(table.dueAt)],
);

export const slots = pgTable(
  'slots',
  {
    account: text('account').notNull(),
    msisdn: text('msisdn').notNull(),
    currency: text('currency').notNull(),
    amount: units('amount').notNull(),
    batchNo: integer('batch_no').notNull(),
    seq: integer('seq').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.account, table.msisdn, table.currency, table.amount] }),
    index('slots_line').on(table.batchNo, table.seq),
  ],
);
