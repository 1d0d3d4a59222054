import { DECISION_REFUSALS, VERDICTS, type DecisionRefusal } from '@salio/domain';
import {
  confirmDecision,
  LINE_NUMBER_MAX,
  LINE_RANGES_MAX,
  previewConfirmation,
  previewDecision,
  proposeDecision,
  type DecisionSelection,
} from '@salio/ledger';
import { z } from 'zod';
import { findBatch } from '../batches/batch.ts';
import type { Desk } from '../desk.ts';
import { batchName, count, moment, reason, sums } from '../fields.ts';
import { operation } from '../operation.ts';
import { Invalid } from '../problems.ts';
import { orderedBy, type Who } from '../who.ts';
import { proposal } from './worklist.ts';

// safe because the keys of that table are the refusals
const refusals = Object.keys(DECISION_REFUSALS) as [DecisionRefusal, ...DecisionRefusal[]];
const lineNumber = z.int().min(1).max(LINE_NUMBER_MAX);
const number = z.string().regex(/^[1-9]\d{0,17}$/, 'is a number');

const selection = z
  .strictObject({
    batch: batchName.optional(),
    text: z.string().min(1).max(1_000).optional().describe('As the worklist shows it, whole.'),
    attempt: z
      .union([
        z.strictObject({ id: number }),
        z.strictObject({ key: z.string().regex(/^[0-9a-f]{64}$/) }),
      ])
      .optional(),
    lines: z
      .array(z.strictObject({ first: lineNumber, last: lineNumber }))
      .min(1)
      .max(LINE_RANGES_MAX)
      .optional()
      .describe('Only with a batch.'),
  })
  .meta({ id: 'DecisionSelection' });

const weighed = {
  lines: count,
  sums,
  oldestAt: moment.optional(),
  texts: z.array(z.object({ text: z.string(), lines: count })).readonly(),
  refused: z.partialRecord(z.enum(refusals), count),
};

export const proposeOperation = operation({
  id: 'proposeDecision',
  method: 'POST',
  path: '/v1/decisions',
  tag: 'worklist',
  says: 'Propose what became of unresolved lines',
  tells: `Moves nothing: another person confirms it within a day. Only lines that could be decided now are in it, and they are frozen. With
    dryRun it is only said what it would be about.`,
  roles: ['operator', 'approver'],
  body: z
    .strictObject({
      verdict: z.enum(VERDICTS),
      selection,
      reason: reason.optional().describe('Required, unless it is a dry run.'),
      expected: z
        .strictObject({ lines: count.optional(), sums: sums.optional() })
        .optional()
        .describe('What was looked at: where it is something else, nothing is proposed.'),
      dryRun: z.boolean().default(false),
    })
    .meta({ id: 'DecisionOrder' }),
  answer: z
    .object({
      dryRun: z.boolean(),
      decisionId: z.string().optional(),
      hours: count.optional().describe('Within which another person confirms it.'),
      verdict: z.enum(VERDICTS),
      ...weighed,
    })
    .meta({ id: 'Proposed' }),
  async run(desk, who, { body }) {
    const { verdict, dryRun, expected } = body;
    const question = {
      verdict,
      terms: desk.decisions,
      selection: await openSelection(desk, who, body.selection),
    };
    if (dryRun) return { dryRun, verdict, ...(await previewDecision(desk.ledger, question)) };
    if (body.reason === undefined) throw new Invalid('body.reason', 'a decision needs a reason');
    const done = await proposeDecision(desk.ledger, {
      ...orderedBy(who),
      ...question,
      reason: body.reason,
      ...(expected && {
        expected: {
          ...(expected.lines !== undefined && { lines: expected.lines }),
          ...(expected.sums && { sums: expected.sums }),
        },
      }),
    });
    return { dryRun, verdict, ...done };
  },
});

export const confirmOperation = operation({
  id: 'confirmDecision',
  method: 'POST',
  path: '/v1/decisions/{decision}/confirm',
  tag: 'worklist',
  says: 'Confirm what another person proposed',
  tells: `Each line is judged again and moved where nothing speaks against it; the others are counted by reason. With dryRun it is only said what
    would happen now.`,
  roles: ['approver'],
  params: z.strictObject({ decision: number }),
  body: z
    .strictObject({
      reason: reason.optional().describe('Required, unless it is a dry run.'),
      dryRun: z.boolean().default(false),
    })
    .meta({ id: 'Confirmation' }),
  answer: z
    .object({
      dryRun: z.boolean(),
      proposal,
      adopted: count
        .optional()
        .describe('Request ids that no line had, and that paid lines have now.'),
      ...weighed,
    })
    .meta({ id: 'Confirmed' }),
  async run(desk, who, { params, body }) {
    const { dryRun } = body;
    const order = { ...orderedBy(who), decisionId: params.decision, terms: desk.decisions };
    if (dryRun) return { dryRun, ...(await previewConfirmation(desk.ledger, order)) };
    if (body.reason === undefined) throw new Invalid('body.reason', 'a decision needs a reason');
    return { dryRun, ...(await confirmDecision(desk.ledger, { ...order, reason: body.reason })) };
  },
});

async function openSelection(
  desk: Desk,
  who: Who,
  asked: z.output<typeof selection>,
): Promise<DecisionSelection> {
  const { batch, text, attempt, lines } = asked;
  if (lines && batch === undefined)
    throw new Invalid('body.selection.lines', 'are of a batch: name it');
  if (batch === undefined && text === undefined && attempt === undefined) {
    throw new Invalid('body.selection', 'name a batch, a text or an attempt');
  }
  return {
    ...(batch !== undefined && { batchId: (await findBatch(desk, who, batch)).batchId }),
    ...(text !== undefined && { text }),
    ...(attempt && { attempt }),
    ...(lines && { lines }),
  };
}
