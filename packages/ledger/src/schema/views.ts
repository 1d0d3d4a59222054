import { bigint, integer, jsonb, numeric, pgView, smallint, text, uuid } from 'drizzle-orm/pg-core';
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

export const vAttempts = pgView('v_attempts', {
  batchId: uuid('batch_id').notNull(),
  seq: integer('seq').notNull(),
  attemptNo: smallint('attempt_no').notNull(),
  sendNo: smallint('send_no').notNull(),
  attemptId: bigint('attempt_id', { mode: 'bigint' }).notNull(),
  idempotencyKey: text('idempotency_key').notNull(),
  worker: text('worker').notNull(),
  openedAt: moment('opened_at').notNull(),
  sendBy: moment('send_by').notNull(),
  answeredAt: moment('answered_at'),
  httpStatus: smallint('http_status'),
  ending: text('ending').notNull(),
  reason: text('reason'),
  requestId: text('request_id'),
  errorText: text('error_text'),
}).existing();
