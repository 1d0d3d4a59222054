import { describe, expect, it } from 'vitest';
import {
  forgetWebhooks,
  listDeliveries,
  readLinePage,
  redeliverWebhooks,
  settleWebhooks,
  takeWebhooks,
  tellProgress,
  type Ledger,
} from '../src/index.ts';
import { inputRows, OPERATOR } from './support/batches.ts';
import { sentBatch, tell } from './support/news.ts';
import { openUnanalyzed, watchPlans, type Plan, type Scan } from './support/plans.ts';
import { HOLD, notTaken, taken, toldSource } from './support/webhooks.ts';
import type { World } from './support/world.ts';

/** Of these a plan must not read all: they grow, or stand for batches of any size. */
const LARGE = ['webhook_events', 'webhook_tries', 'webhook_settled', 'batches', 'lines', 'tallies'];
/** Far more than a round needs here. */
const ROWS_MAX = 1_000;
/** As often as it takes to come to the plan that is kept for all values. */
const ROUNDS = 7;

/** What was told of other batches: 40,000 events, and as many tries; half of them of one batch. */
const FILL = `WITH told AS (
    INSERT INTO webhook_events (endpoint_id, batch_id, type, data, page, after_seq, state, ended_at)
    SELECT e.id, CASE WHEN n % 2 = 0 THEN gen_random_uuid() ELSE '00000000-0000-4000-8000-000000000000' END,
      'batch.lines', '{}', 1, 0, CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'delivered' END, now() - interval '1 hour'
    FROM webhook_endpoints e, generate_series(1, 40000) AS n RETURNING id, endpoint_id, batch_id, type, state
  ), settled AS (
    INSERT INTO webhook_settled (batch_no, data) SELECT 100000 + n, '{}' FROM generate_series(1, 20000) AS n
  ), others AS (
    INSERT INTO batches (id, source, client_reference, state, batch_no)
    SELECT gen_random_uuid(), e.source, 'filled-' || n, 'receiving', NULL FROM webhook_endpoints e, generate_series(1, 20000) AS n
  ), filled AS (
    INSERT INTO tallies (batch_no, state, currency, lines, amount, discount, folded)
    SELECT 100000 + n, 'succeeded', 'KES', 1, 100000, 0, true FROM generate_series(1, 20000) AS n
  )
  INSERT INTO webhook_tries (endpoint_id, event_id, batch_id, type, try_no, taken, took_ms)
    SELECT endpoint_id, id, batch_id, type, 1, state = 'delivered', 1 FROM told`;

/** All that the scheduler and people do about webhooks, on a connection whose plans are watched. */
async function doAll(world: World, ledger: Ledger, endpointId: string, source: string) {
  const watched = { ...world, ledger };
  for (let round = 0; round < ROUNDS; round += 1) {
    const batch = await sentBatch(world, { source, rows: inputRows(3) });
    await tellProgress(ledger, { everyMs: 0 });
    for (const requestId of batch.requestIds) await tell(world, { requestId });
    await world.owner.query('UPDATE webhook_looks SET look_at = now()');
    await settleWebhooks(ledger);
    for (let due = await takeWebhooks(ledger, HOLD); due.length > 0;) {
      for (const event of due) {
        if (event.page !== null) await readLinePage(ledger, event, 2);
        if (event.tries === 1) await notTaken(watched, event, { againMs: 0 });
        else await taken(watched, event, event.page === 1 ? 2 : undefined);
      }
      due = await takeWebhooks(ledger, HOLD);
    }
    await listDeliveries(ledger, { endpointId, limit: 100 });
    await listDeliveries(ledger, { endpointId, limit: 100, notTaken: true, before: '30000' });
    await forgetWebhooks(ledger);
  }
}

function readsTooMuch({ table, kind, rows }: Scan): boolean {
  return LARGE.includes(table) && (kind === 'Seq Scan' || rows > ROWS_MAX);
}

const describeScans = ({ text, scans }: Plan) =>
  `${text.replaceAll(/\s+/g, ' ').slice(0, 120)} => ${scans
    .filter(readsTooMuch)
    .map(({ kind, table, condition, rows }) => `${kind} ${table} ${condition} ${rows}`)
    .join('; ')}`;

describe.each(['never', 'while they were empty', 'as they are'])(
  'where tables were analyzed %s',
  (analyzed) => {
    it('no statement about webhooks reads what was told before, or all batches', async () => {
      await using world = await openUnanalyzed();
      if (analyzed === 'while they were empty') await world.owner.query('ANALYZE');
      const { source, endpointId } = await toldSource(world);
      await world.owner.query(FILL);
      if (analyzed === 'as they are') await world.owner.query('ANALYZE');
      const { ledger, plans } = await watchPlans(world);
      await using closing = new AsyncDisposableStack();
      closing.use(ledger);
      await doAll(world, ledger, endpointId, source);
      expect(plans.length).toBeGreaterThan(0);
      const texts = plans.map(({ text }) => text);
      const parts = ['free AS', 'webhook_settled', 'batch.progress', 'webhook_tries', 'after_seq'];
      const unseen = parts.filter((part) => !texts.some((text) => text.includes(part)));
      expect(unseen).toEqual([]);
      expect([
        ...new Set(plans.filter(({ scans }) => scans.some(readsTooMuch)).map(describeScans)),
      ]).toEqual([]);
      const which = { failedSince: new Date(0) };
      const again = { endpointId, which, operator: OPERATOR };
      expect(await redeliverWebhooks(world.ops, again)).toBe(4_000);
    });
  },
);
