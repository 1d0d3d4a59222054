import { integer, jsonb, numeric, pgView, smallint, text, uuid } from '../drizzle.cjs';
import { moment } from './columns.ts';

/** The views are made by hand (migrations/0002_views.sql); these are their types. */
export const vBatches = pgView('v_batches', {
  batchId: uuid('batch_id').notNull(),
  source: text('source').notNull(),
  clientReference: text('client_reference').notNull(),
  state: text('state').notNull(),
  stateReason: text('state_reason'),
  rows: integer('rows'),
  lines: integer('lines'),
  rejected: integer('rejected'),
  sums: jsonb('sums').$type<Record<string, string>>(),
  contentHash: text('content_hash'),
  version: integer('version').notNull(),
  createdAt: moment('created_at').notNull(),
  stateAt: moment('state_at').notNull(),
  releasedAt: moment('released_at'),
  notBefore: moment('not_before'),
  expiresAt: moment('expires_at'),
  quietHours: text('quiet_hours'),
  corrects: text('corrects'),
  corrected: integer('corrected').notNull(),
}).existing();

export const vLines = pgView('v_lines', {
  batchId: uuid('batch_id').notNull(),
  source: text('source').notNull(),
  clientReference: text('client_reference').notNull(),
  seq: integer('seq').notNull(),
  reference: text('reference'),
  msisdn: text('msisdn'),
  note: text('note'),
  state: text('state').notNull(),
  currency: text('currency').notNull(),
  amount: numeric('amount').notNull(),
  discount: numeric('discount'),
  cost: numeric('cost'),
  requestId: text('request_id'),
  attempts: smallint('attempts').notNull(),
  reason: text('reason'),
  errorText: text('error_text'),
  notBefore: moment('not_before'),
  updatedAt: moment('updated_at').notNull(),
}).existing();
