import { exportDiscrepancies, type DiscrepancyView } from '@salio/ledger';
import { z } from 'zod';
import { findBatch } from '../batches/batch.ts';
import { batchName, moment } from '../fields.ts';
import { given } from '../given.ts';
import { seesOnly } from '../who.ts';
import { exportOf } from './export.ts';
import type { Column } from './write-pages.ts';

const column = (
  name: string,
  says: string,
  kind: Column<DiscrepancyView>['kind'],
  cell: Column<DiscrepancyView>['cell'],
): Column<DiscrepancyView> => ({ name, says, kind, cell });

const COLUMNS: readonly Column<DiscrepancyView>[] = [
  column('id', 'its number', 'plain', ({ id }) => id),
  column('at', 'when it was noticed', 'plain', ({ at }) => at),
  column('kind', 'what it is about', 'plain', ({ kind }) => kind),
  column('batch_id', 'of its line; empty where it is of none', 'plain', ({ batchId }) => batchId),
  column('source', 'who submitted the line', 'text', ({ source }) => source),
  column('client_reference', 'of the batch', 'text', ({ clientReference }) => clientReference),
  column('line', 'its number in the batch', 'plain', ({ seq }) => seq),
  column('attempt_id', 'number of the attempt', 'plain', ({ attemptId }) => attemptId),
  column('detail', 'what differs; phones are masked', 'words', ({ detail }) => detail),
];

export const discrepanciesExport = exportOf({
  kind: 'discrepancies',
  says: 'Discrepancies as CSV',
  tells: `What somebody should know of, by number; of a batch by line. Those of a whole answer are of no line, and only there where neither
    batch nor source is given.`,
  query: z.strictObject({
    batch: batchName.optional(),
    source: z.string().min(1).max(64).optional(),
    kind: z.string().min(1).max(64).optional().describe('Like amount_differs.'),
    from: moment.optional().describe('Noticed at or after.'),
    to: moment.optional().describe('Noticed before.'),
  }),
  columns: COLUMNS,
  async read(desk, who, { batch, source, kind, from, to }) {
    const found = batch === undefined ? undefined : await findBatch(desk, who, batch);
    const only = seesOnly(who) ?? source;
    return exportDiscrepancies(
      desk.ledger,
      given({ batchId: found?.batchId, source: only, kind, from, to }),
    );
  },
});
