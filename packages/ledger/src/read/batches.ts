import type { BatchId } from '@salio/domain';
import { desc, eq, or } from '../drizzle.cjs';
import { NotFound } from '../conflict.ts';
import type { Ledger } from '../connection.ts';
import { vBatches } from '../schema/index.ts';

export type BatchView = typeof vBatches.$inferSelect;

/** The newest batches first. `limit` is 1 to 1,000. */
export async function listBatches(ledger: Ledger, limit: number): Promise<BatchView[]> {
  return ledger.db.select().from(vBatches).orderBy(desc(vBatches.createdAt)).limit(limit);
}

/** One batch by its id, or by its client reference where only one source uses that. Throws NotFound. */
export async function readBatch(
  ledger: Ledger,
  name: string,
): Promise<BatchView & { batchId: BatchId }> {
  const isId = /^[0-9a-f-]{36}$/.test(name);
  const found = await ledger.db
    .select()
    .from(vBatches)
    .where(
      isId
        ? or(eq(vBatches.batchId, name), eq(vBatches.clientReference, name))
        : eq(vBatches.clientReference, name),
    )
    .limit(2);
  const [batch] = found;
  if (!batch) throw new NotFound(`there is no batch ${name}`);
  if (found.length > 1)
    throw new NotFound(`several sources have a batch ${name}: name it by its id`);
  return { ...batch, batchId: batch.batchId as BatchId }; // safe because the column is a uuid
}
