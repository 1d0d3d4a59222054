import { LINE_STATES } from '@salio/domain';
import { listLines, NotFound, readStory, tellStory } from '@salio/ledger';
import { z } from 'zod';
import { findBatch } from '../batches/batch.ts';
import { batchName, batchParams, flag, moment, pageSize, whole } from '../fields.ts';
import { operation } from '../operation.ts';
import { line, showLine } from './line.ts';

/** Numbers of lines are 32 bits. */
const SEQ_MAX = 2_147_483_647;

export const listLinesOperation = operation({
  id: 'listLines',
  method: 'GET',
  path: '/v1/batches/{batch}/lines',
  tag: 'lines',
  says: 'Lines of a batch, by number',
  tells: 'All of them, or those in a state. Phones are masked unless phones=true.',
  roles: [],
  params: batchParams,
  query: z.strictObject({
    state: z.enum(LINE_STATES).optional(),
    after: whole(0, SEQ_MAX).default(0),
    phones: flag.optional(),
    limit: pageSize,
  }),
  answer: z
    .object({
      lines: z.array(line),
      next: z
        .int()
        .optional()
        .describe('The number after which the next page begins; absent: there is none.'),
    })
    .meta({ id: 'BatchLines' }),
  async run(desk, who, { params, query }) {
    const { batchId } = await findBatch(desk, who, params.batch);
    const { state, after, limit, phones = false } = query;
    const page = await listLines(desk.ledger, { batchId, after, limit, ...(state && { state }) });
    return {
      lines: page.map((each) => showLine(each, phones)),
      next: page.length < limit ? undefined : page.at(-1)?.seq,
    };
  },
});

export const explainLineOperation = operation({
  id: 'explainLine',
  method: 'GET',
  path: '/v1/batches/{batch}/lines/{line}',
  tag: 'lines',
  says: 'The whole story of a line',
  tells: `Everything that was recorded of it, oldest first: how it came in, its batch’s release, attempts, sends, raw answers, notifications,
    enquiries, decisions. As events for programs, and as sentences for people.`,
  roles: [],
  params: z.strictObject({ batch: batchName, line: whole(1, SEQ_MAX) }),
  query: z.strictObject({ phones: flag.optional() }),
  answer: z
    .object({
      line,
      events: z.array(
        z.object({
          at: moment,
          kind: z.string(),
          detail: z.record(z.string(), z.union([z.string(), z.number()])).readonly(),
        }),
      ),
      text: z.array(z.string()).describe('One sentence each; phones are masked.'),
    })
    .meta({ id: 'Story' }),
  async run(desk, who, { params, query }) {
    const { batchId } = await findBatch(desk, who, params.batch);
    const seq = params.line;
    const [found] = await listLines(desk.ledger, { batchId, after: seq - 1, limit: 1 });
    if (found?.seq !== seq) throw new NotFound(`batch ${params.batch} has no line ${seq}`);
    const { phones = false } = query;
    const events = await readStory(desk.ledger, batchId, seq, phones ? { phones } : {});
    return { line: showLine(found, phones), events, text: tellStory(found, events) };
  },
});
