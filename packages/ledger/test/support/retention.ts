import { emptyOld, openLedger, type Emptied, type Ledger } from '../../src/index.ts';
import { inputRow, OPERATOR, type Batch } from './batches.ts';
import { forge } from './facts.ts';
import { sentBatch, tell, type SentBatch } from './news.ts';
import type { World } from './world.ts';

export const DAYS = 400;

/** The ledger as the login for retention sees it. */
export function openRetention(world: World): Ledger {
  return openLedger({ url: world.database.retentionUrl, name: 'retention-test', connections: 4 });
}

/** Empties what is older than DAYS. */
export function empty(ledger: Ledger, { dryRun = false } = {}): Promise<Emptied> {
  return emptyOld(ledger, { operator: OPERATOR, olderThanDays: DAYS, dryRun });
}

/** A completed batch whose lines the provider delivered and told so, each with a reference and a note. */
export async function paidBatch(world: World, lines = 2): Promise<SentBatch> {
  const rows = Array.from({ length: lines }, (_, index) =>
    inputRow({ reference: `${(made += 1)}-${index}`, note: 'rent' }),
  );
  const batch = await sentBatch(world, { rows });
  const told = batch.requestIds.map((requestId, index) => {
    const msisdn = batch.attempts[index]?.lines[0]?.msisdn ?? '';
    return { requestId, msisdn, amount: '1000000' };
  });
  await tell(world, ...told);
  return batch;
}
let made = 0;

/** As if all that was recorded of a batch had been recorded so many days ago. */
export async function age(world: World, { batchNo }: Batch, days = 500): Promise<void> {
  const at = `now() - interval '${days} days'`;
  const ids = `SELECT request_id FROM endings WHERE batch_no = ${batchNo}
    UNION SELECT request_id FROM adoptions WHERE batch_no = ${batchNo}`;
  await forge(
    world,
    `UPDATE batches SET state_at = ${at}, created_at = ${at}, released_at = ${at} WHERE batch_no = ${batchNo}`,
    `UPDATE lines SET updated_at = ${at} WHERE batch_no = ${batchNo}`,
    `UPDATE notifications SET at = ${at} WHERE request_id IN (${ids})`,
    `UPDATE validations SET at = ${at} WHERE batch_no = ${batchNo}`,
  );
}

/** What is left of a batch in the side tables. */
export async function leftOf(
  world: World,
  { batchNo }: Pick<Batch, 'batchNo'>,
): Promise<Record<string, number>> {
  const [row] = await world.select<Record<string, number>>(
    `SELECT (SELECT count(*)::int FROM recipients WHERE batch_no = $1) AS phones,
       (SELECT count(*)::int FROM answer_bodies b JOIN attempts a ON a.id = b.attempt_id WHERE a.batch_no = $1) AS answers,
       (SELECT count(*)::int FROM notification_bodies b JOIN notifications n ON n.id = b.notification_id
         JOIN endings e ON e.request_id = n.request_id WHERE e.batch_no = $1) AS notifications,
       (SELECT count(*)::int FROM validation_bodies b JOIN validations v ON v.id = b.validation_id
         WHERE v.batch_no = $1) AS validations`,
    [batchNo],
  );
  return row ?? {};
}

export const NOTHING_LEFT = { phones: 0, answers: 0, notifications: 0, validations: 0 };
