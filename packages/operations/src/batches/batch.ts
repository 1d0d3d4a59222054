import { BATCH_STATES, LINE_STATES, type BatchId } from '@salio/domain';
import { NotFound, readBatch, type BatchView, type StateCounts } from '@salio/ledger';
import { z } from 'zod';
import type { Desk } from '../desk.ts';
import { count, moment, version } from '../fields.ts';
import { seesOnly, type Who } from '../who.ts';

/** Lines by state; states without lines are not in it. */
const stateCounts = z.partialRecord(z.enum(LINE_STATES), count);

/** A batch as it is now. */
export const batch = z
  .object({
    batchId: z.guid(),
    source: z.string(),
    clientReference: z.string(),
    state: z.enum(BATCH_STATES),
    stateReason: z.string().nullable(),
    rows: count.nullable(),
    lines: count.nullable(),
    rejected: count.nullable(),
    sums: z.record(z.string(), z.string()).nullable(),
    contentHash: z.string().nullable(),
    version,
    createdAt: moment,
    stateAt: moment,
    releasedAt: moment.nullable(),
    notBefore: moment.nullable(),
    expiresAt: moment.nullable(),
    quietHours: z.string().nullable(),
    corrects: z.string().nullable(),
    corrected: count,
    states: stateCounts,
  })
  .meta({ id: 'Batch' });

/** A batch that whoever asks may see. Throws NotFound: also of another source's, so that nobody learns that it is there. */
export async function findBatch(
  { ledger }: Desk,
  who: Who,
  name: string,
): Promise<BatchView & { batchId: BatchId }> {
  const found = await readBatch(ledger, name);
  const only = seesOnly(who);
  if (only !== undefined && only !== found.source) throw new NotFound(`there is no batch ${name}`);
  return found;
}

/** As the API shows it. */
export function showBatch(found: BatchView, states: StateCounts): z.output<typeof batch> {
  // safe because of the CHECK of the column
  const state = found.state as z.output<typeof batch>['state'];
  return { ...found, state, states: Object.fromEntries(states) };
}
