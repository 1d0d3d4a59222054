import { bigint, boolean, index, integer, jsonb, pgTable, text, uuid } from '../drizzle.cjs';
import { moment } from './columns.ts';

export const controls = pgTable('controls', {
  scope: text('scope').primaryKey(),
  stopped: boolean('stopped').notNull().default(false),
  reason: text('reason'),
  since: moment('since').notNull().defaultNow(),
  operator: text('operator'),
  limited: boolean('limited').notNull().default(false),
});

export const operatorActions = pgTable(
  'operator_actions',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    at: moment('at').notNull().defaultNow(),
    operator: text('operator').notNull(),
    verb: text('verb').notNull(),
    subject: text('subject').notNull(),
    batchId: uuid('batch_id'),
    reason: text('reason'),
    detail: jsonb('detail').$type<Record<string, unknown>>(),
  },
  (table) => [index('operator_actions_batch').on(table.batchId)],
);

export const trusts = pgTable('trusts', {
  id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
  at: moment('at').notNull().defaultNow(),
  systemIdentifier: text('system_identifier').notNull(),
  timeline: integer('timeline').notNull(),
  operators: text('operators').array().notNull(),
  reason: text('reason'),
});
