import { countStates } from '@salio/ledger';
import { batchParams } from '../fields.ts';
import { operation } from '../operation.ts';
import { batch, findBatch, showBatch } from './batch.ts';

export const readBatchOperation = operation({
  id: 'readBatch',
  method: 'GET',
  path: '/v1/batches/{batch}',
  tag: 'batches',
  says: 'A batch, with its lines by state',
  tells: 'By its id, or by its client reference where only one source uses that.',
  roles: [],
  params: batchParams,
  answer: batch,
  async run(desk, who, { params }) {
    const found = await findBatch(desk, who, params.batch);
    return showBatch(found, await countStates(desk.ledger, found.batchId));
  },
});
