import { readFigures, readTotals, type Figures, type Ledger } from '@salio/ledger';
import { readPace, readQueueDepths, type RedisConnection } from '@salio/queue';
import { createMetrics, type Log, type Metrics } from '@salio/runtime';

export interface FiguresOptions {
  readonly ledger: Ledger;
  /** Where queues and the pace of the account are; undefined: nothing is told of them. */
  readonly queue:
    | { readonly redis: RedisConnection; readonly prefix: string; readonly account: string }
    | undefined;
  readonly log: Log;
}

/** What operators alarm on, read when Prometheus asks. */
export interface LiveFigures {
  readonly metrics: Metrics;
  /** Reads everything anew, unless somebody just did. */
  refresh(): Promise<void>;
}

/** Several who ask at the same time are told the same, ms. */
const FRESH_MS = 5_000;
/** Sums over all batches that ever were take longer, and change slowly, ms. */
const TOTALS_FRESH_MS = 300_000;
const SECOND_MS = 1_000;

export function createFigures({ ledger, queue, log }: FiguresOptions): LiveFigures {
  const metrics = createMetrics();
  const gauges = createSeries(metrics);
  const fresh = (everyMs: number, read: () => Promise<void>) => {
    let readAtMs = Number.NEGATIVE_INFINITY;
    let reading: Promise<void> | undefined;
    return async () => {
      if (performance.now() - readAtMs < everyMs) return;
      reading ??= read().finally(() => {
        readAtMs = performance.now();
        reading = undefined;
      });
      await reading;
    };
  };
  const ofLedger = fresh(FRESH_MS, async () => setFigures(gauges, await readFigures(ledger)));
  const ofTotals = fresh(TOTALS_FRESH_MS, async () => {
    const { lines, batches } = await readTotals(ledger);
    setAll(gauges.totalLines, 'state', lines);
    setAll(gauges.totalBatches, 'state', batches);
  });
  const ofQueue = fresh(FRESH_MS, async () => {
    if (queue) await setQueue(gauges, queue);
  });
  const part = async (name: string, read: () => Promise<void>) => {
    try {
      await read();
      gauges.readable.set({ part: name }, 1);
    } catch (err) {
      // What can't be read shows as that: old figures would look like good ones.
      gauges.readable.set({ part: name }, 0);
      log.warn({ err, part: name }, 'figures.not_read');
    }
  };
  return {
    metrics,
    refresh: async () => {
      await Promise.all([
        part('ledger', ofLedger),
        part('totals', ofTotals),
        part('queue', ofQueue),
      ]);
    },
  };
}

type Gauges = ReturnType<typeof createSeries>;
type Gauge<Label extends string> = ReturnType<typeof makeGauge<Label>>;

function makeGauge<Label extends string>(
  metrics: Metrics,
  name: string,
  help: string,
  labels: readonly Label[],
) {
  return metrics.gauge(name, help, labels);
}

/** Every gauge, empty. */
export function createSeries(metrics: Metrics) {
  const gauge = <Label extends string = never>(name: string, help: string, ...labels: Label[]) =>
    makeGauge(metrics, name, help, labels);
  return {
    readable: gauge(
      'figures_readable',
      '1 where this part of the figures could be read, else 0.',
      'part',
    ),
    openLines: gauge('open_lines', 'Lines of open batches, by state.', 'state'),
    batches: gauge('batches', 'Open batches and the newest others, by state.', 'state'),
    totalLines: gauge(
      'lines',
      'All lines that there are, by state; read every five minutes.',
      'state',
    ),
    totalBatches: gauge(
      'all_batches',
      'All batches that there are, by state; read every five minutes.',
      'state',
    ),
    unresolved: gauge('unresolved_lines', 'Lines of which nobody knows whether they were paid.'),
    oldestUnresolved: gauge(
      'oldest_unresolved_seconds',
      'Age of the oldest of them; 0: there is none.',
    ),
    held: gauge('held_lines', 'Lines that wait and go on by themselves.'),
    chunks: gauge(
      'chunks',
      'Chunks with lines left, by where they are: open, dispatched, leased.',
      'state',
    ),
    inbox: gauge('inbox_notifications', 'Notifications that are not applied yet.'),
    proposals: gauge('proposals', 'Decisions that wait for a second person.'),
    alarms: gauge('alarms', 'Alarms that stand, by kind.', 'kind'),
    stopped: gauge('stopped', '1 for what is stopped: system, or an account.', 'scope'),
    unsealed: gauge('unsealed_facts', 'Facts that are not in the audit chain yet.'),
    oldestUnsealed: gauge('oldest_unsealed_seconds', 'Age of the oldest of them.'),
    jobs: gauge('queue_jobs', 'Jobs in Redis; they only remind.', 'queue', 'state'),
    pace: gauge(
      'pace_share',
      'Share of the full rate at which an account is called: 1 unless a 429 slowed it down.',
      'account',
    ),
    paused: gauge(
      'pace_paused_seconds',
      'How long nothing starts because the provider asked for it.',
      'account',
    ),
    breaker: gauge(
      'breaker_open_seconds',
      'How long the breaker of an account is open; 0: it is closed.',
      'account',
    ),
  };
}

function setFigures(gauges: Gauges, figures: Figures): void {
  setAll(gauges.openLines, 'state', figures.openLines);
  setAll(gauges.batches, 'state', figures.batches);
  gauges.unresolved.set(figures.unresolved.lines);
  gauges.oldestUnresolved.set(figures.unresolved.oldestMs / SECOND_MS);
  gauges.held.set(figures.worklist.held);
  setAll(gauges.chunks, 'state', new Map(Object.entries(figures.chunks)));
  gauges.inbox.set(figures.inbox);
  gauges.proposals.set(figures.proposals);
  setAll(gauges.alarms, 'kind', figures.openAlarms);
  setAll(gauges.stopped, 'scope', new Map(figures.stops.map((scope) => [scope, 1])));
  gauges.unsealed.set(figures.unsealed.facts);
  gauges.oldestUnsealed.set(figures.unsealed.oldestMs / SECOND_MS);
}

async function setQueue(
  gauges: Gauges,
  { redis, prefix, account }: NonNullable<FiguresOptions['queue']>,
): Promise<void> {
  for (const { name, ...depth } of await readQueueDepths(redis, prefix)) {
    for (const [state, jobs] of Object.entries(depth))
      gauges.jobs.set({ queue: name, state }, jobs);
  }
  const { share, pausedMs, breaker } = await readPace(redis, { prefix, account });
  gauges.pace.set({ account }, share);
  gauges.paused.set({ account }, pausedMs / SECOND_MS);
  gauges.breaker.set({ account }, (breaker?.openMs ?? 0) / SECOND_MS);
}

/** What is not there any more is not told any more. */
function setAll<Label extends string>(
  gauge: Gauge<Label>,
  label: Label,
  values: ReadonlyMap<string, number>,
): void {
  gauge.reset();
  for (const [name, value] of values) {
    // safe because the label is the only one that the gauge has
    gauge.set({ [label]: name } as Record<Label, string>, value);
  }
}
