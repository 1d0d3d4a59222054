import { bigint, customType, timestamp } from '../drizzle.cjs';

/** Ten-thousandths of a currency unit. */
export const units = (name: string) => bigint(name, { mode: 'bigint' });
/** A moment, by the database's clock unless the column says otherwise. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
export const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
/** Thirty-two bytes: a SHA-256. */
export const sha256 = (name: string) => bytes(name);
/** The number of a fact, in the order of its table, and its name. */
export const id = () => bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity();
/** The number of a fact that has another name: what the audit chain counts by. Never given by a statement. */
export const factNo = () =>
  bigint('fact_no', { mode: 'bigint' }).notNull().generatedAlwaysAsIdentity();
