import { WEBHOOK_EVENT_TYPES, type WebhookEventType } from '@salio/domain';
import { addEndpoint, recordNotTaken, recordTaken, takeWebhooks } from '../../src/index.ts';
import type { WebhookToPost } from '../../src/index.ts';
import { newSource, OPERATOR } from './batches.ts';
import type { World } from './world.ts';

export interface ToldSource {
  readonly source: string;
  readonly endpointId: string;
}

/** A new source with an endpoint that is told these events; all of them by default. */
export async function toldSource(
  world: World,
  events: readonly WebhookEventType[] = WEBHOOK_EVENT_TYPES,
): Promise<ToldSource> {
  const source = await newSource(world);
  return { source, endpointId: await newEndpoint(world, source, events) };
}

export async function newEndpoint(
  world: World,
  source: string,
  events: readonly WebhookEventType[] = WEBHOOK_EVENT_TYPES,
): Promise<string> {
  const url = 'https://payroll.example.org/salio';
  const { id } = await addEndpoint(world.ops, { source, url, events, operator: OPERATOR });
  return id;
}

/** What was written down for an endpoint, in order: `type state`. */
export async function eventsOf(world: World, endpointId: string): Promise<string[]> {
  const rows = await world.select<{ told: string }>(
    "SELECT type || ' ' || state AS told FROM webhook_events WHERE endpoint_id = $1 ORDER BY no",
    [endpointId],
  );
  return rows.map(({ told }) => told);
}

export const HOLD = { limit: 100, perEndpoint: 4, holdMs: 60_000 };
export const TAKEN = { taken: true, status: 204, error: undefined, tookMs: 3 };
export const NOT_TAKEN = { taken: false, status: 500, error: undefined, tookMs: 3 };
const PATIENT = { againMs: 60_000, giveUpAfterMs: 86_400_000 };

export const take = (world: World, terms: Partial<typeof HOLD> = {}): Promise<WebhookToPost[]> =>
  takeWebhooks(world.ledger, { ...HOLD, ...terms });

/** What is due next; throws where nothing is. */
export async function takeOne(world: World): Promise<WebhookToPost> {
  const [one] = await take(world, { limit: 1 });
  if (!one) throw new Error('nothing is due');
  return one;
}

export const taken = (world: World, event: WebhookToPost, nextAfter?: number): Promise<void> =>
  recordTaken(world.ledger, event, { outcome: TAKEN, nextAfter });

export const notTaken = (
  world: World,
  event: WebhookToPost,
  terms: Partial<typeof PATIENT> = {},
): Promise<{ readonly givenUp: boolean }> =>
  recordNotTaken(world.ledger, event, { outcome: NOT_TAKEN, ...PATIENT, ...terms });
