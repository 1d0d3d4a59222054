import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What Prometheus reads of a process: its own figures (memory, event loop, processor time), and those that are made here. */
export interface Metrics {
  /** Names end in `_total`. Labels have few values each: no ids, no phones. */
  counter<Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
  ): Counter<Label>;
  gauge<Label extends string>(name: string, help: string, labels: readonly Label[]): Gauge<Label>;
  /** Seconds. */
  histogram<Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    buckets: readonly number[],
  ): Histogram<Label>;
  /** In Prometheus' text form. */
  print(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Names of all metrics begin so. */
const PREFIX = 'salio_';

/** A registry of its own: nothing is shared with what else runs in the process. `own` without the process' figures: for tests. */
export function createMetrics({ own = true } = {}): Metrics {
  const registry = new Registry();
  if (own) collectDefaultMetrics({ register: registry });
  const terms = { registers: [registry] };
  return {
    counter: (name, help, labelNames) =>
      new Counter({ ...terms, name: PREFIX + name, help, labelNames }),
    gauge: (name, help, labelNames) =>
      new Gauge({ ...terms, name: PREFIX + name, help, labelNames }),
    histogram: (name, help, labelNames, buckets) =>
      new Histogram({ ...terms, name: PREFIX + name, help, labelNames, buckets: [...buckets] }),
    print: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
