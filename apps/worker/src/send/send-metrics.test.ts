import { createMetrics } from '@salio/runtime';
import { expect, it } from 'vitest';
import { createSendMetrics } from './send-metrics.ts';

it('counts how sends ended, and how long they took, without a name of anything', async () => {
  const metrics = createMetrics({ own: false });
  const sends = createSendMetrics(metrics);
  sends.answered({ kind: 'lost', reason: 'timeout' }, { lines: [], oddities: [] }, 30_000);
  sends.answered(
    { kind: 'response', status: 201, body: '', content: undefined },
    { lines: [], oddities: [] },
    120,
  );
  sends.chunkEnded('fenced');
  const { text } = await metrics.print();
  expect(text).toContain('salio_provider_answer_seconds_bucket{le="30",answer="lost"} 1');
  expect(text).toContain('salio_provider_answer_seconds_bucket{le="0.1",answer="response"} 0');
  expect(text).toContain('salio_provider_responses_total{status="201"} 1');
  expect(text).toContain('salio_chunks_ended_total{end="fenced"} 1');
});
