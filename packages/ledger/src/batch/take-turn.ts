import type { PoolClient } from 'pg';
import { run } from '../sql.ts';

/** Lets the dispatcher look at a batch, in its turn. It leaves when the batch is completed or cancelled. */
export async function takeTurn(client: PoolClient, batchNo: number): Promise<void> {
  await run(client, TAKE_TURN, [batchNo]);
}

const TAKE_TURN = {
  name: 'take-turn',
  text: 'INSERT INTO turns (batch_no) VALUES ($1) ON CONFLICT DO NOTHING',
};
