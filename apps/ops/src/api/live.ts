import type { BatchId } from '@salio/domain';
import { countStatesOf, listAlarms, readBatches, type Ledger } from '@salio/ledger';
import { events, showBatch, type Subscription } from '@salio/operations';
import type { Log } from '@salio/runtime';
import { z } from 'zod';

/** What a stream gets: `event` and `data` of server-sent events. */
export interface LiveEvent {
  readonly event: keyof typeof events.data;
  readonly data: string;
}

export interface Live extends AsyncDisposable {
  /** Tells everything once, and then whatever changes, until the answer is called. */
  subscribe(what: Subscription, tell: (event: LiveEvent) => void): () => void;
}

/** Alarms that stand, told at most: more than anybody reads. */
const ALARMS_MAX = 500;
/** Batches looked at in one statement. */
const BATCHES_AT_ONCE = 1_000;

interface Subscriber extends Subscription {
  readonly tell: (event: LiveEvent) => void;
  /** What it was told last, by batch or alarm. */
  readonly told: Map<string, string>;
}

/** One look for all streams: each batch that any of them watches is read once, however many watch it. */
export function createLive(options: {
  readonly ledger: Ledger;
  readonly everyMs: number;
  readonly log: Log;
}): Live {
  const { ledger, everyMs, log } = options;
  const subscribers = new Set<Subscriber>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  const look = async () => {
    const batches = await readWatched(ledger, subscribers);
    const alarms = [...subscribers].some((each) => each.alarms) ? await readOpen(ledger) : [];
    for (const subscriber of subscribers) tellChanges(subscriber, batches, alarms);
  };
  const turn = () => {
    timer = undefined;
    looking = look()
      .catch((err: unknown) => log.warn({ err }, 'live.not_read'))
      .finally(() => {
        looking = undefined;
        if (subscribers.size > 0) timer = setTimeout(turn, everyMs);
      });
  };
  return {
    subscribe(what, tell) {
      const subscriber = { ...what, tell, told: new Map<string, string>() };
      subscribers.add(subscriber);
      if (timer === undefined && looking === undefined) turn();
      return () => void subscribers.delete(subscriber);
    },
    [Symbol.asyncDispose]: async () => {
      subscribers.clear();
      clearTimeout(timer);
      await looking;
    },
  };
}

type Told = ReadonlyMap<string, string>;

async function readWatched(ledger: Ledger, subscribers: ReadonlySet<Subscriber>): Promise<Told> {
  const ids: BatchId[] = [...new Set([...subscribers].flatMap(({ batches }) => batches))];
  const told = new Map<string, string>();
  for (let from = 0; from < ids.length; from += BATCHES_AT_ONCE) {
    const some = ids.slice(from, from + BATCHES_AT_ONCE);
    const [batches, counts] = [await readBatches(ledger, some), await countStatesOf(ledger, some)];
    for (const found of batches) {
      const shown = showBatch(found, counts.get(found.batchId) ?? new Map());
      told.set(found.batchId, JSON.stringify(z.encode(events.data.batch, shown)));
    }
  }
  return told;
}

async function readOpen(ledger: Ledger): Promise<OpenAlarm[]> {
  const alarms = await listAlarms(ledger, { open: true, limit: ALARMS_MAX });
  return alarms.map((alarm) => ({
    alarm,
    text: JSON.stringify(z.encode(events.data.alarm, alarm)),
  }));
}

interface OpenAlarm {
  readonly alarm: z.output<typeof events.data.alarm>;
  readonly text: string;
}

function tellChanges(
  { batches, alarms, tell, told }: Subscriber,
  seen: Told,
  open: readonly OpenAlarm[],
): void {
  const tellOnce = (event: LiveEvent['event'], name: string, data: string | undefined) => {
    if (data === undefined || told.get(name) === data) return;
    told.set(name, data);
    tell({ event, data });
  };
  for (const id of batches) tellOnce('batch', id, seen.get(id));
  if (!alarms) return;
  for (const { alarm, text } of open) tellOnce('alarm', alarm.id, text);
  const standing = new Set(open.map(({ alarm }) => alarm.id));
  for (const [name, text] of told) {
    if (batches.some((id) => id === name) || standing.has(name)) continue;
    told.delete(name);
    // It stood at the last look: since then it was cleared.
    const data = JSON.stringify({
      ...Object(JSON.parse(text)),
      clearedAt: new Date().toISOString(),
    });
    tell({ event: 'alarm', data });
  }
}
