import { ADOPTION_DOUBTS, VERDICTS, type AdoptionDoubt } from '@salio/domain';
import { readUnattributedNews, readWorklist } from '@salio/ledger';
import { z } from 'zod';
import { findBatch } from '../batches/batch.ts';
import { batchName, count, lineState, moment, money, sums } from '../fields.ts';
import { operation } from '../operation.ts';

/** Younger news may still be explained by an answer, or adopted: nothing for a person, ms. */
const NEWS_AGE_MS = 600_000;
/** As many as a person looks at. */
const NEWS_MAX = 20;
// safe because the keys of that table are the doubts
const doubts = Object.keys(ADOPTION_DOUBTS) as AdoptionDoubt[];

export const proposal = z
  .object({
    decisionId: z.string(),
    at: moment,
    operator: z.string(),
    verdict: z.enum(VERDICTS),
    reason: z.string(),
    selection: z.record(z.string(), z.unknown()).readonly(),
    lines: count,
    sums,
  })
  .meta({ id: 'Proposal' });

const workGroup = z
  .object({
    batchId: z.guid(),
    clientReference: z.string(),
    state: lineState,
    text: z.string().describe('What is said of them: a decision chooses lines by it.'),
    hasRequestId: z.boolean(),
    lines: count,
    amount: money,
    oldestAt: moment,
    proposed: count.describe('Of the unresolved: in a proposal that waits for a second person.'),
    decided: count.describe('Of the failed: called unpaid by two people.'),
  })
  .meta({ id: 'WorkGroup' });

const heldGroup = z
  .object({
    batchId: z.guid(),
    clientReference: z.string(),
    reason: z.string(),
    lines: count,
    amount: money,
    notBefore: moment,
  })
  .meta({ id: 'HeldGroup' });

const unattributed = z
  .object({
    ids: count.describe('Request ids that no line has.'),
    successes: count.describe('Those of them that are paid.'),
    examples: z
      .array(
        z.object({
          requestId: z.string(),
          account: z.string(),
          status: z.string(),
          msisdn: z.string().optional().describe('Masked.'),
          amount: money.optional(),
          receivedAt: moment,
          because: z.enum(['asked', 'waiting', ...doubts]),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'UnattributedNews' });

export const worklistOperation = operation({
  id: 'readWorklist',
  method: 'GET',
  path: '/v1/worklist',
  tag: 'worklist',
  says: 'What waits for a person',
  tells: `Unresolved lines by batch and text, with their age; of one batch its failed lines too; lines that are held and go on by themselves;
    proposed decisions; and what the provider told of request ids that no line has.`,
  roles: ['operator', 'approver', 'auditor'],
  query: z.strictObject({ batch: batchName.optional() }),
  answer: z
    .object({
      unresolved: z.array(workGroup).readonly(),
      failed: z.array(workGroup).readonly(),
      held: z.array(heldGroup).readonly(),
      groupsLeftOut: count,
      proposals: z.array(proposal).readonly(),
      unattributed,
    })
    .meta({ id: 'Worklist' }),
  async run(desk, who, { query }) {
    const named =
      query.batch === undefined
        ? {}
        : { batchId: (await findBatch(desk, who, query.batch)).batchId };
    const list = await readWorklist(desk.ledger, named);
    const news = await readUnattributedNews(desk.ledger, { waitMs: NEWS_AGE_MS }, NEWS_MAX);
    return { ...list, unattributed: news };
  },
});
