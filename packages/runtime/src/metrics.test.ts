import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

it('prints what was counted, gauged and timed, by its labels', async () => {
  const metrics = createMetrics({ own: false });
  metrics.counter('sends_total', 'Sends.', ['ending']).inc({ ending: 'accepted' }, 3);
  metrics.gauge('lines', 'Lines.', ['state']).set({ state: 'queued' }, 7);
  metrics.histogram('took_seconds', 'Took.', [], [0.1, 1]).observe(0.5);
  const { contentType, text } = await metrics.print();
  expect(contentType).toContain('text/plain');
  expect(text).toContain('salio_sends_total{ending="accepted"} 3');
  expect(text).toContain('salio_lines{state="queued"} 7');
  expect(text).toContain('salio_took_seconds_bucket{le="0.1"} 0');
  expect(text).toContain('salio_took_seconds_bucket{le="1"} 1');
});

it('knows nothing of other registries', async () => {
  createMetrics({ own: false }).counter('mine_total', 'Mine.', []).inc();
  expect((await createMetrics({ own: false }).print()).text).not.toContain('mine');
  expect((await createMetrics().print()).text).toContain('process_cpu');
});
