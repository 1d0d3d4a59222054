import type { BatchId, Role } from '@salio/domain';
import { z } from 'zod';
import { batch, findBatch } from '../batches/batch.ts';
import type { Desk } from '../desk.ts';
import { flag } from '../fields.ts';
import { checkRole } from '../operation.ts';
import { Invalid } from '../problems.ts';
import type { Who } from '../who.ts';
import { alarm } from './alarms.ts';

/** Batches that one stream tells of, at most. */
const BATCHES_MAX = 50;

/** Batches by name between commas. */
const batchNames = z.codec(
  z.string().min(1).max(8_000),
  z.array(z.string().min(1).max(128)).min(1).max(BATCHES_MAX),
  { decode: (text) => text.split(','), encode: (names) => names.join(',') },
);

/** Server-sent events of the API: what a page shows while it is open. */
export const events = {
  id: 'streamEvents',
  path: '/v1/events',
  tag: 'batches',
  says: 'What changes, as it changes',
  tells: `Server-sent events: \`batch\` has a batch as it is now, at first and whenever its state or its lines' states changed; \`alarm\` has an
    alarm that stands, changed or was cleared. A stream ends after some minutes, and whoever reads it connects again.`,
  query: z.strictObject({
    batch: batchNames.optional().describe('Ids or client references between commas.'),
    alarms: flag.optional().describe('Takes the role operator, approver, auditor or admin.'),
  }),
  /** What `data` holds, by event. */
  data: { batch, alarm },
} as const;

const ALARM_READERS: readonly Role[] = ['operator', 'approver', 'auditor', 'admin'];

/** What a stream tells of. */
export interface Subscription {
  readonly batches: readonly BatchId[];
  readonly alarms: boolean;
}

/** Reads what was asked for, and looks whether it may be seen. Throws Forbidden, Invalid, NotFound. */
export async function readSubscription(
  desk: Desk,
  who: Who,
  query: unknown,
): Promise<Subscription> {
  const { batch: names = [], alarms = false } = events.query.parse(query);
  if (names.length === 0 && !alarms) throw new Invalid('query', 'name batches, or alarms=true');
  if (alarms) checkRole({ id: events.id, roles: ALARM_READERS }, who);
  const batches: BatchId[] = [];
  for (const name of names) batches.push((await findBatch(desk, who, name)).batchId);
  return { batches, alarms };
}
