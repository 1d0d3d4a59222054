import { sql } from '../drizzle.cjs';
import { boolean, index, integer, pgTable, primaryKey, text } from '../drizzle.cjs';
import { units } from './columns.ts';

/** Both are derived from `lines` by its triggers (migrations/0009_tallies_by_hand.sql): no verb writes them, none can forget to. */
export const tallies = pgTable(
  'tallies',
  {
    batchNo: integer('batch_no').notNull(),
    lines: integer('lines').notNull(),
    amount: units('amount').notNull(),
    discount: units('discount').notNull(),
    folded: boolean('folded').notNull().default(false),
    state: text('state').notNull(),
    currency: text('currency').notNull(),
  },
  (table) => [
    index('tallies_batch').on(table.batchNo),
    index('tallies_unfolded')
      .on(table.batchNo)
      .where(sql`not ${table.folded}`),
  ],
);

export const marks = pgTable(
  'marks',
  {
    batchNo: integer('batch_no').notNull(),
    seq: integer('seq').notNull(),
    state: text('state').notNull(),
    said: text('said').notNull(),
  },
  (table) => [primaryKey({ columns: [table.state, table.batchNo, table.seq] })],
);
