import { formatUnits } from '@salio/domain';
import { exportPostings, type PostingView } from '@salio/ledger';
import { z } from 'zod';
import { findBatch } from '../batches/batch.ts';
import { batchName, moment } from '../fields.ts';
import { accountName } from '../float/floats.ts';
import { given } from '../given.ts';
import { exportOf } from './export.ts';
import type { Column } from './write-pages.ts';

const column = (
  name: string,
  says: string,
  kind: Column<PostingView>['kind'],
  cell: Column<PostingView>['cell'],
): Column<PostingView> => ({ name, says, kind, cell });

const COLUMNS: readonly Column<PostingView>[] = [
  column('id', 'its number', 'plain', ({ id }) => id),
  column('at', 'when it was posted', 'plain', ({ at }) => at),
  column('account', 'of the provider', 'text', ({ account }) => account),
  column('kind', 'what it is', 'plain', ({ kind }) => kind),
  column('currency', 'of the amounts', 'plain', ({ currency }) => currency),
  column('funded', 'paid in more', 'plain', ({ funded }) => formatUnits(funded)),
  column('reserved', 'reserved more', 'plain', ({ reserved }) => formatUnits(reserved)),
  column('spent', 'spent more', 'plain', ({ spent }) => formatUnits(spent)),
  column('due', 'expected back more', 'plain', ({ due }) => formatUnits(due)),
  column('lines', 'that moved alike', 'plain', ({ lines }) => lines),
  column(
    'batch_id',
    'of the lines; empty where a person entered it',
    'plain',
    ({ batchId }) => batchId,
  ),
  column('client_reference', 'of the batch', 'text', ({ clientReference }) => clientReference),
  column('opened_at', 'when their attempts were opened', 'plain', ({ openedAt }) => openedAt),
  column('reference', 'of what a person entered', 'text', ({ reference }) => reference),
  column('operator', 'who entered it', 'text', ({ operator }) => operator),
  column('reason', 'why', 'words', ({ reason }) => reason),
];

export const postingsExport = exportOf({
  kind: 'postings',
  says: 'Postings as CSV',
  tells:
    'What moved the floats, by number. The sum of a column over all rows of an account and currency is what there is.',
  roles: ['operator', 'approver', 'auditor', 'admin'],
  query: z.strictObject({
    batch: batchName.optional(),
    source: z.string().min(1).max(64).optional(),
    account: accountName.optional(),
    from: moment.optional().describe('Posted at or after.'),
    to: moment.optional().describe('Posted before.'),
  }),
  columns: COLUMNS,
  async read(desk, who, { batch, ...rest }) {
    const batchId = batch === undefined ? undefined : (await findBatch(desk, who, batch)).batchId;
    return exportPostings(desk.ledger, given({ ...rest, batchId }));
  },
});
