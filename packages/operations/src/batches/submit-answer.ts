import { REJECTION_REASONS, type Rejection } from '@salio/domain';
import { listRejections, type TriedRows, type Verdict } from '@salio/ledger';
import { Conflict } from '@salio/ledger';
import { z } from 'zod';
import type { Desk } from '../desk.ts';
import { batchState, count, sums } from '../fields.ts';
import { Refused } from '../problems.ts';
import { seesOnly, type Who } from '../who.ts';
import { limits } from '../float/limits.ts';
import { rejection } from './rejection.ts';

/** Rejections that are answered at once: the others are read page by page. */
export const REJECTIONS_TOLD = 20;

const submitted = z
  .object({
    dryRun: z.literal(false),
    batchId: z.guid(),
    source: z.string(),
    clientReference: z.string(),
    verdict: z
      .enum(['accepted', 'same'])
      .describe('same: it was there already, with equal content.'),
    state: batchState,
    rows: count,
    lines: count,
    rejected: count,
    sums: sums.describe('Of the lines.'),
    contentHash: z.string(),
    rejections: z.array(rejection).describe(`The first ${REJECTIONS_TOLD}.`),
  })
  .meta({ id: 'SubmittedBatch' });

const tried = z
  .object({
    dryRun: z.literal(true),
    source: z.string(),
    clientReference: z.string(),
    verdict: z
      .enum(['accepted', 'same', 'conflict', 'refused'])
      .describe('As it would be. same, conflict: there is a batch of this name.'),
    mismatches: z.array(z.string()).readonly().describe('Why it would be refused.'),
    rows: count,
    lines: count,
    rejected: count,
    sums: sums.describe('Of the lines.'),
    contentHash: z.string(),
    reasons: z.array(z.object({ reason: z.string(), rows: count })).readonly(),
    duplicates: count.describe('Of the rejected rows: those that an earlier row or batch has.'),
    rejections: z.array(rejection).describe(`The first ${REJECTIONS_TOLD}.`),
    repeats: z.object({
      lines: count.describe('That ask for what lines of other recent batches ask for.'),
      sums,
      batches: z
        .array(z.object({ source: z.string(), clientReference: z.string(), lines: count }))
        .describe('Those that may be seen.'),
    }),
    release: z
      .enum(['policy', 'one_person', 'second_person'])
      .describe('Whether it goes without a person, by the one who submits it, or by another one.'),
    discounts: sums.describe(
      'What the provider may give back, by what it gave lately; without currencies of which nothing is known.',
    ),
    limits: limits.describe('Whether float and caps would let it all go now.'),
  })
  .meta({ id: 'TriedBatch' });

/** What a submission, or a dry run, is answered. */
export const submitAnswer = z.discriminatedUnion('dryRun', [submitted, tried]);

interface Named {
  readonly source: string;
  readonly clientReference: string;
}

/** Throws Conflict where another batch has the name, Refused where the ledger does not want it. */
export async function answerSubmitted(
  { ledger }: Desk,
  { source, clientReference }: Named,
  found: Verdict,
): Promise<z.output<typeof submitted>> {
  const { verdict, batchId, state, rows, lines, rejected, contentHash } = found;
  if (verdict === 'conflict') {
    throw new Conflict(
      `there is a batch ${clientReference} of ${source} already, with other content`,
    );
  }
  const rejections = await listRejections(ledger, { batchId, limit: REJECTIONS_TOLD });
  if (verdict !== 'accepted' && verdict !== 'same') throw refused(found, rejections);
  return {
    dryRun: false,
    batchId,
    source,
    clientReference,
    verdict,
    state,
    rows,
    lines,
    rejected,
    sums: found.sums,
    contentHash,
    rejections,
  };
}

/** What differed, in words. */
const BECAUSE: Readonly<Record<string, string>> = {
  rows: 'it has another number of rows than expected',
  control_sums: 'its rows add up to something else than expected',
  rejections: 'rows were rejected, and its terms allow none',
  expired: 'it expires before it could be released',
  time_zone_unknown: 'the time zone of its quiet hours is not known',
  corrects_unknown: 'there is no such batch to correct',
  corrects_too_many: 'it has more rows than there are rejections to correct',
};

function refused({ mismatches }: Verdict, rejections: readonly Rejection[]): Refused {
  const errors = mismatches.map((name) => ({ where: name, message: BECAUSE[name] ?? name }));
  const rows = mismatches.includes('rejections') ? rejections : [];
  const message = `the batch is refused: ${errors.map((each) => each.message).join('; ')}`;
  return new Refused(message, [
    ...errors,
    ...rows.map(({ row, reason, column, detail }) => ({
      where: `row ${row}`,
      message: [REJECTION_REASONS[reason], column, detail].filter(Boolean).join(' '),
    })),
  ]);
}

/** Batches of other sources are not named to who may not see them. */
export function answerTried(
  who: Who,
  { source, clientReference }: Named,
  { repeats, reasons, rejections, limits: forecast, ...found }: TriedRows,
): z.output<typeof tried> {
  const only = seesOnly(who);
  const duplicate = (reason: string) => /^duplicate_|^reference_taken$/.test(reason);
  return {
    dryRun: true,
    source,
    clientReference,
    ...found,
    // What accounts have is not for sources.
    limits: only === undefined ? forecast : { enough: forecast.enough, floats: [], caps: [] },
    reasons,
    duplicates: reasons.reduce(
      (total, { reason, rows }) => total + (duplicate(reason) ? rows : 0),
      0,
    ),
    rejections: [...rejections],
    repeats: {
      ...repeats,
      batches: repeats.batches.filter((each) => only === undefined || each.source === only),
    },
  };
}
