import { expect } from 'vitest';
import { expectPosted } from './postings.ts';
import type { World } from './world.ts';

/** Tallies and marks say of all lines what counting them says, and postings what they cost. */
export async function expectTallied(world: World): Promise<void> {
  const client = await world.owner.connect();
  // One moment for all four: others may write.
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  const read = async (text: string) => (await client.query<{ text: string }>(text)).rows;
  const [tallied, counted] = [await read(TALLIED), await read(COUNTED)];
  const [marked, found] = [await read(MARKED), await read(FOUND)];
  await client.query('COMMIT');
  client.release();
  expect(tallied).toEqual(counted);
  expect(marked).toEqual(found);
  await expectPosted(world);
}

const named = (sums: string) => `concat_ws(' ', batch_no, state, currency, ${sums}) AS text`;
const TALLIED = `SELECT ${named('sum(lines), sum(amount), sum(discount)')} FROM tallies
  GROUP BY batch_no, state, currency HAVING sum(lines) <> 0 OR sum(amount) <> 0 OR sum(discount) <> 0 ORDER BY 1`;
const COUNTED = `SELECT ${named('count(*), sum(amount), coalesce(sum(discount), 0)')} FROM lines
  GROUP BY batch_no, state, currency ORDER BY 1`;
const MARKED = `SELECT concat_ws(' ', state, batch_no, seq, said) AS text FROM marks ORDER BY 1`;
const FOUND = `SELECT concat_ws(' ', state, batch_no, seq, coalesce(nullif(e.error_text, 'None'), e.reason, l.reason, '')) AS text FROM lines l
  LEFT JOIN LATERAL (
    SELECT error_text, reason FROM endings WHERE batch_no = l.batch_no AND seq = l.seq AND attempt_no = l.attempt_no
      AND l.state <> 'held' ORDER BY send_no DESC LIMIT 1
  ) e ON true WHERE l.state IN ('failed', 'unresolved', 'held') ORDER BY 1`;
