import { sql } from '../drizzle.cjs';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from '../drizzle.cjs';
import { id, moment } from './columns.ts';
import { sources } from './intake.ts';

export const webhookEndpoints = pgTable(
  'webhook_endpoints',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    source: text('source')
      .notNull()
      .references(() => sources.name),
    url: text('url').notNull(),
    events: text('events').array().notNull(),
    enabled: boolean('enabled').notNull().default(true),
    offReason: text('off_reason'),
    version: integer('version').notNull().default(1),
    secretVersion: integer('secret_version').notNull().default(1),
    previousUntil: moment('previous_until'),
    createdAt: moment('created_at').notNull().defaultNow(),
    failingSince: moment('failing_since'),
    lastError: text('last_error'),
    removedAt: moment('removed_at'),
  },
  (table) => [
    index('webhook_endpoints_source').on(table.source),
    check('webhook_endpoints_removed', sql`${table.removedAt} is null or not ${table.enabled}`),
  ],
);

/** Written by triggers of `batches` (migrations/0021_webhooks_by_hand.sql), and by the scheduler. */
export const webhookEvents = pgTable(
  'webhook_events',
  {
    no: bigint('no', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    id: uuid('id').notNull().defaultRandom(),
    endpointId: uuid('endpoint_id')
      .notNull()
      .references(() => webhookEndpoints.id),
    batchId: uuid('batch_id').notNull(),
    type: text('type').notNull(),
    at: moment('at').notNull().defaultNow(),
    data: jsonb('data').$type<Readonly<Record<string, unknown>>>().notNull(),
    page: integer('page'),
    afterSeq: integer('after_seq'),
    changedSince: moment('changed_since'),
    continued: boolean('continued').notNull().default(false),
    state: text('state').notNull().default('waiting'),
    tries: integer('tries').notNull().default(0),
    tryAt: moment('try_at').notNull().defaultNow(),
    leasedUntil: moment('leased_until'),
    waitsSince: moment('waits_since').notNull().defaultNow(),
    endedAt: moment('ended_at'),
  },
  (table) => [
    uniqueIndex('webhook_events_id').on(table.id),
    index('webhook_events_due')
      .on(table.endpointId, table.tryAt)
      .where(sql`${table.state} = 'waiting'`),
    index('webhook_events_waiting')
      .on(table.endpointId, table.batchId, table.no)
      .where(sql`${table.state} = 'waiting'`),
    index('webhook_events_told')
      .on(table.endpointId, table.batchId, table.no)
      .where(sql`${table.type} <> 'batch.lines'`),
    index('webhook_events_leased')
      .on(table.endpointId)
      .where(sql`${table.leasedUntil} is not null`),
    index('webhook_events_failed')
      .on(table.endpointId, table.endedAt)
      .where(sql`${table.state} = 'failed'`),
    index('webhook_events_at').on(table.at),
    check('webhook_events_state', sql`${table.state} in ('waiting','delivered','failed')`),
    check('webhook_events_ended', sql`(${table.endedAt} is null) = (${table.state} = 'waiting')`),
    check(
      'webhook_events_page',
      sql`num_nulls(${table.page}, ${table.afterSeq}) = case when ${table.type} = 'batch.lines' then 0 else 2 end`,
    ),
  ],
);

export const webhookTries = pgTable(
  'webhook_tries',
  {
    id: id(),
    at: moment('at').notNull().defaultNow(),
    endpointId: uuid('endpoint_id').notNull(),
    eventId: uuid('event_id').notNull(),
    batchId: uuid('batch_id').notNull(),
    type: text('type').notNull(),
    tryNo: integer('try_no').notNull(),
    taken: boolean('taken').notNull(),
    status: integer('status'),
    error: text('error'),
    tookMs: integer('took_ms').notNull(),
  },
  (table) => [
    index('webhook_tries_endpoint').on(table.endpointId, table.id),
    index('webhook_tries_failed')
      .on(table.endpointId, table.id)
      .where(sql`not ${table.taken}`),
  ],
);

/** Written by triggers of `batches` and `resolutions`; the scheduler looks and deletes. */
export const webhookLooks = pgTable(
  'webhook_looks',
  {
    id: id(),
    batchNo: integer('batch_no').notNull(),
    since: moment('since').notNull().defaultNow(),
    lookAt: moment('look_at').notNull().defaultNow(),
  },
  (table) => [index('webhook_looks_due').on(table.lookAt)],
);

export const webhookSettled = pgTable('webhook_settled', {
  batchNo: integer('batch_no').primaryKey(),
  data: jsonb('data').$type<Readonly<Record<string, unknown>>>().notNull(),
  settledAt: moment('settled_at').notNull().defaultNow(),
  previousAt: moment('previous_at'),
});
