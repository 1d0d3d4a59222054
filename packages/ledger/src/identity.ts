import type { Ledger } from './connection.ts';
import { NotFound } from './conflict.ts';
import { ledgers } from './schema/index.ts';

/** The id of this ledger. Throws NotFound where nothing was migrated. */
export async function readLedgerId(ledger: Ledger): Promise<string> {
  const [row] = await ledger.db.select({ id: ledgers.id }).from(ledgers);
  if (!row) throw new NotFound('the ledger has no identity: run the migrations');
  return row.id;
}
