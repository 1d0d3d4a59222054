import type { BatchId } from '@salio/domain';
import { cancelBatch, pauseBatch, releaseBatch, resumeBatch, type BatchOrder } from '@salio/ledger';
import { z } from 'zod';
import type { Desk } from '../desk.ts';
import { batchParams, batchState, count, reason, sums, version } from '../fields.ts';
import { operation } from '../operation.ts';
import { orderedBy, type Who } from '../who.ts';
import { findBatch } from './batch.ts';

/** What every order to a batch answers. */
const done = z
  .object({
    batchId: z.guid(),
    clientReference: z.string(),
    state: batchState,
    version: version.describe('Of the batch, after the order.'),
    inFlight: count.describe('Lines that were sent and are not answered yet.'),
  })
  .meta({ id: 'OrderDone' });

const ifVersion = version
  .optional()
  .describe('The version that was looked at; the header If-Match says the same. Another one: 412.');

export const releaseOperation = operation({
  id: 'releaseBatch',
  method: 'POST',
  path: '/v1/batches/{batch}/release',
  tag: 'batches',
  says: 'Let a checked batch go',
  tells: `Nothing of a batch is paid before. The order says what was looked at (version, content hash, counts, sums), and is refused where
    the batch is something else. Above RELEASE_ALONE_MAX it takes another person than the one who submitted it. Where lines ask for
    what another recent batch asked for, it says how many (repeats).`,
  roles: ['operator', 'approver'],
  params: batchParams,
  body: z
    .strictObject({
      version,
      contentHash: z.string().regex(/^[0-9a-f]{64}$/, 'is 64 hex digits'),
      lines: count,
      rejected: count,
      sums,
      repeats: count
        .default(0)
        .describe('How many lines repeat others: the number that is known and agreed to.'),
      reason: reason.optional(),
    })
    .meta({ id: 'ReleaseOrder' }),
  answer: done,
  async run(desk, who, { params, body }) {
    const { batchId, clientReference } = await findBatch(desk, who, params.batch);
    const { version: looked, repeats, reason: why, ...bound } = body;
    const moved = await releaseBatch(desk.ledger, {
      ...orderedBy(who),
      batchId,
      bound,
      version: looked,
      repeats: { withinMs: desk.repeatWithinMs, agreed: repeats },
      ...(desk.releaseAlone && { alone: desk.releaseAlone }),
      ...(why !== undefined && { reason: why }),
    });
    const { version: now } = moved;
    return { batchId, clientReference, state: 'released' as const, version: now, inFlight: 0 };
  },
});

export const pauseOperation = simpleOrder({
  id: 'pauseBatch',
  verb: 'pause',
  says: 'Stop new sends of a batch',
  tells: 'At once: what is in flight is still recorded, and its number is answered.',
  state: 'paused',
  run: pauseBatch,
});

export const resumeOperation = simpleOrder({
  id: 'resumeBatch',
  verb: 'resume',
  says: 'Let a paused batch go on',
  tells: 'Refused for a batch that is not paused, or has expired.',
  state: 'released',
  run: async (ledger, order) => ({ ...(await resumeBatch(ledger, order)), inFlight: 0 }),
});

export const cancelOperation = simpleOrder({
  id: 'cancelBatch',
  verb: 'cancel',
  says: 'Take a batch back for good',
  tells:
    'Lines that were not sent are cancelled with it. What is in flight is still recorded, and its number is answered.',
  state: 'cancelled',
  run: cancelBatch,
});

function simpleOrder(told: {
  readonly id: string;
  readonly verb: string;
  readonly says: string;
  readonly tells: string;
  readonly state: z.output<typeof batchState>;
  readonly run: (
    ledger: Desk['ledger'],
    order: BatchOrder,
  ) => Promise<{ readonly inFlight: number; readonly version: number }>;
}) {
  return operation({
    id: told.id,
    method: 'POST',
    path: `/v1/batches/{batch}/${told.verb}`,
    tag: 'batches',
    says: told.says,
    tells: told.tells,
    roles: ['operator', 'approver'],
    params: batchParams,
    body: z.strictObject({ reason, version: ifVersion }),
    answer: done,
    async run(desk, who, { params, body }) {
      const found = await findBatch(desk, who, params.batch);
      const order = orderFor(found.batchId, who, body);
      const { inFlight, version: now } = await told.run(desk.ledger, order);
      const { batchId, clientReference } = found;
      return { batchId, clientReference, state: told.state, version: now, inFlight };
    },
  });
}

function orderFor(
  batchId: BatchId,
  who: Who,
  {
    version: looked,
    reason: why,
  }: { readonly version?: number | undefined; readonly reason: string },
): BatchOrder {
  return {
    ...orderedBy(who),
    batchId,
    reason: why,
    ...(looked !== undefined && { version: looked }),
  };
}
