import { bigint, customType, timestamp } from 'drizzle-orm/pg-core';

/** Ten-thousandths of a currency unit. */
export const units = (name: string) => bigint(name, { mode: 'bigint' });
/** A moment, by the database's clock unless the column says otherwise. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
/** Thirty-two bytes: a SHA-256. */
export const sha256 = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
