import { sql } from '../drizzle.cjs';
import {
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from '../drizzle.cjs';
import { bytes, id, moment, sha256 } from './columns.ts';
import { sources } from './intake.ts';

export const people = pgTable(
  'people',
  {
    name: text('name').primaryKey(),
    kind: text('kind').notNull(),
    roles: text('roles').array().notNull(),
    source: text('source').references(() => sources.name),
    version: integer('version').notNull().default(1),
    createdAt: moment('created_at').notNull().defaultNow(),
    disabledAt: moment('disabled_at'),
  },
  (table) => [
    check('people_name', sql`${table.name} = lower(${table.name})`),
    check('people_kind', sql`${table.kind} in ('person','system')`),
    check(
      'people_roles',
      sql`${table.roles} <@ array['submitter','operator','approver','auditor','admin']`,
    ),
    check(
      'people_systems',
      sql`${table.kind} = 'person' or ${table.roles} <@ array['submitter','auditor']`,
    ),
  ],
);

export const apiKeys = pgTable(
  'api_keys',
  {
    prefix: text('prefix').primaryKey(),
    person: text('person')
      .notNull()
      .references(() => people.name),
    hash: sha256('hash').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
    revokedAt: moment('revoked_at'),
    usedAt: moment('used_at'),
  },
  (table) => [index('api_keys_person').on(table.person)],
);

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    person: text('person').notNull(),
    key: text('key').notNull(),
    operation: text('operation').notNull(),
    requestHash: sha256('request_hash'),
    submission: uuid('submission').notNull().defaultRandom(),
    status: integer('status'),
    answer: bytes('answer'),
    createdAt: moment('created_at').notNull().defaultNow(),
    heldUntil: moment('held_until').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.person, table.key] }),
    index('idempotency_keys_created_at').on(table.createdAt),
  ],
);

export const alarms = pgTable(
  'alarms',
  {
    id: id(),
    kind: text('kind').notNull(),
    subject: text('subject').notNull(),
    detail: text('detail').notNull(),
    raisedAt: moment('raised_at').notNull().defaultNow(),
    changedAt: moment('changed_at').notNull().defaultNow(),
    clearedAt: moment('cleared_at'),
    toldRaisedAt: moment('told_raised_at'),
    toldClearedAt: moment('told_cleared_at'),
    tellAfter: moment('tell_after').notNull().defaultNow(),
    tries: integer('tries').notNull().default(0),
  },
  (table) => [
    uniqueIndex('alarms_open')
      .on(table.kind, table.subject)
      .where(sql`${table.clearedAt} is null`),
    index('alarms_raised_at').on(table.raisedAt),
    index('alarms_untold')
      .on(table.tellAfter)
      .where(
        sql`${table.toldRaisedAt} is null or (${table.clearedAt} is not null and ${table.toldClearedAt} is null)`,
      ),
  ],
);
