import { integer, jsonb, pgTable, primaryKey, smallint, text, uniqueIndex } from '../drizzle.cjs';
import { bytes, moment, sha256 } from './columns.ts';

/** What a block says of one table: its facts with a number above `after`, up to `upto`. */
export interface SealedRange {
  readonly table: string;
  /** Numbers as text: they are 64 bits. */
  readonly after: string;
  readonly upto: string;
  readonly count: number;
  /** SHA-256 over numbers and hashes of its facts, hex. */
  readonly digest: string;
  /** SHA-256 of its leaves, hex: so that they can be trusted to name the fact that was changed. */
  readonly leaves: string;
}

/** The number up to which a table's facts are sealed, as text, by table. */
export type Positions = Readonly<Record<string, string>>;

export const seals = pgTable(
  'seals',
  {
    no: integer('no').primaryKey(),
    at: moment('at').notNull().defaultNow(),
    chain: integer('chain').notNull(),
    form: smallint('form').notNull(),
    previousHash: sha256('previous_hash').notNull(),
    hash: sha256('hash').notNull(),
    systemIdentifier: text('system_identifier').notNull(),
    timeline: integer('timeline').notNull(),
    facts: integer('facts').notNull(),
    positions: jsonb('positions').$type<Positions>().notNull(),
    ranges: jsonb('ranges').$type<readonly SealedRange[]>().notNull(),
  },
  (table) => [
    uniqueIndex('seals_previous_hash').on(table.previousHash),
    uniqueIndex('seals_hash').on(table.hash),
  ],
);

export const sealLeaves = pgTable(
  'seal_leaves',
  {
    sealNo: integer('seal_no').notNull(),
    table: text('table_name').notNull(),
    leaves: bytes('leaves').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sealNo, table.table] })],
);
