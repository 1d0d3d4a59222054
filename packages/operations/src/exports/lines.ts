import { LINE_STATES, maskMsisdn } from '@salio/domain';
import { exportLines, type LineQuery, type LineView } from '@salio/ledger';
import { z } from 'zod';
import { findBatch } from '../batches/batch.ts';
import type { Desk } from '../desk.ts';
import { batchName, moment, oneOrMore } from '../fields.ts';
import { given } from '../given.ts';
import { readPhone } from '../lines/search-lines.ts';
import { seesOnly, type Who } from '../who.ts';
import { exportOf, phonesField } from './export.ts';
import type { Column } from './write-pages.ts';

/** Which lines: the same for everything that is of lines. */
export const lineFilters = {
  batch: batchName.optional(),
  source: z.string().min(1).max(64).optional(),
  phone: z.string().min(1).max(64).optional().describe('With its plus: +254711000001.'),
} as const;

/** What a query of these names, as far as whoever asks may see it. Throws Invalid, NotFound. */
export async function linesOf(
  desk: Desk,
  who: Who,
  { batch, source, phone }: { readonly [Name in keyof typeof lineFilters]?: string | undefined },
): Promise<Pick<LineQuery, 'batchId' | 'source' | 'phone'>> {
  const only = seesOnly(who);
  return {
    ...given({ source: only ?? source }),
    ...(phone !== undefined && { phone: readPhone(phone) }),
    ...(batch !== undefined && { batchId: (await findBatch(desk, who, batch)).batchId }),
  };
}

const column = (
  name: string,
  says: string,
  kind: Column<LineView>['kind'],
  cell: Column<LineView>['cell'],
): Column<LineView> => ({ name, says, kind, cell });

/** Which line it is: what every export of lines begins with. */
export const LINE_NAME: readonly Column<LineView>[] = [
  column('batch_id', 'id of its batch', 'plain', ({ batchId }) => batchId),
  column('source', 'who submitted it', 'text', ({ source }) => source),
  column('client_reference', 'of its batch', 'text', ({ clientReference }) => clientReference),
  column('line', 'its number in the batch', 'plain', ({ seq }) => seq),
  column('reference', 'the submitter’s own name of it', 'text', ({ reference }) => reference),
  column('phone', 'masked, unless phones=true; empty where it was deleted', 'plain', phoneOf),
  column('currency', 'ISO 4217', 'plain', ({ currency }) => currency),
  column('amount', 'to be credited, in whole units', 'plain', ({ amount }) => amount),
];

const COLUMNS: readonly Column<LineView>[] = [
  ...LINE_NAME,
  column('discount', 'what the provider gives back', 'plain', ({ discount }) => discount),
  column('cost', 'amount less discount', 'plain', ({ cost }) => cost),
  column('state', 'as it counts when its row is read', 'plain', ({ state }) => state),
  column('reason', 'why it is so', 'words', ({ reason }) => reason),
  column('error_text', 'what the provider said of it', 'words', ({ errorText }) => errorText),
  column('request_id', 'the provider’s', 'text', ({ requestId }) => requestId),
  column('attempts', 'how many it had', 'plain', ({ attempts }) => attempts),
  column('not_before', 'when it may be claimed again', 'plain', ({ notBefore }) => notBefore),
  column('updated_at', 'when it changed last', 'plain', ({ updatedAt }) => updatedAt),
  column('note', 'the submitter’s', 'words', ({ note }) => note),
];

function phoneOf({ msisdn }: LineView, phones: boolean): string | null {
  return msisdn === null || phones ? msisdn : maskMsisdn(msisdn);
}

export const linesExport = exportOf({
  kind: 'lines',
  says: 'Lines as CSV',
  tells: `Those of all batches that everything given fits, of the oldest batch first, by number. Nothing given: all that whoever asks may
    see. Each row is as its line is when it is read.`,
  query: z.strictObject({
    ...lineFilters,
    state: oneOrMore(LINE_STATES).optional().describe('Several between commas.'),
    from: moment.optional().describe('Changed at or after.'),
    to: moment.optional().describe('Changed before.'),
    phones: phonesField,
  }),
  columns: COLUMNS,
  async read(desk, who, { state, from, to, ...rest }) {
    const named = await linesOf(desk, who, rest);
    return exportLines(desk.ledger, { ...named, ...given({ state, from, to }) });
  },
});
