import type { AnswerReading, ProviderAnswer } from '@salio/domain';
import type { Metrics } from '@salio/runtime';

/** What Prometheus reads of sending. */
export interface SendMetrics {
  /** A send has ended after `tookMs`, and what it says of each of its lines. */
  answered(answer: ProviderAnswer, reading: AnswerReading, tookMs: number): void;
  /** A chunk was let go. */
  chunkEnded(end: string): void;
}

/** From a quick answer to the longest timeout that is usual, seconds. */
const BUCKETS_S = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60];

export function createSendMetrics(metrics: Metrics): SendMetrics {
  const latency = metrics.histogram(
    'provider_answer_seconds',
    'How long sends took, by what came back: response, lost or not_sent.',
    ['answer'],
    BUCKETS_S,
  );
  const responses = metrics.counter(
    'provider_responses_total',
    'Responses of the provider, by HTTP status.',
    ['status'],
  );
  const endings = metrics.counter(
    'line_endings_total',
    'How sends ended for their lines: accepted, refused, not_sent, duplicate or unknown.',
    ['ending'],
  );
  const chunks = metrics.counter(
    'chunks_ended_total',
    'Chunks that were let go, by why; fenced: the lease was lost.',
    ['end'],
  );
  return {
    answered(answer, reading, tookMs) {
      latency.observe({ answer: answer.kind }, tookMs / 1000);
      if (answer.kind === 'response') responses.inc({ status: String(answer.status) });
      for (const { ending } of reading.lines) endings.inc({ ending: ending.kind });
    },
    chunkEnded: (end) => chunks.inc({ end }),
  };
}
