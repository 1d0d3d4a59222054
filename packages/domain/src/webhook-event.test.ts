import { describe, expect, it } from 'vitest';
import { BATCH_STATES } from './batch.ts';
import { WEBHOOK_EVENT_TYPES, webhookAgainMs } from './webhook-event.ts';

it('has an event for each state that a batch can come to', () => {
  const states = BATCH_STATES.filter((state) => state !== 'receiving');
  expect(WEBHOOK_EVENT_TYPES).toEqual(
    expect.arrayContaining(states.map((state) => `batch.${state}`)),
  );
});

describe('the wait until an endpoint is tried again', () => {
  const terms = { firstMs: 5_000, longestMs: 21_600_000 };

  it('doubles up to its limit', () => {
    const waits = [1, 2, 3, 4, 20, 2_000].map((tries) => webhookAgainMs(tries, terms, 0.5));
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 21_600_000, 21_600_000]);
  });

  it('is a fifth more or less by chance', () => {
    expect(webhookAgainMs(1, terms, 0)).toBe(4_000);
    expect(webhookAgainMs(1, terms, 0.999_999)).toBe(6_000);
  });

  it('tries some two dozen times in three days', () => {
    let tries = 0;
    for (let ms = 0; ms < 3 * 86_400_000; ms += webhookAgainMs(tries, terms, 0.5)) tries += 1;
    expect(tries).toBeGreaterThan(18);
    expect(tries).toBeLessThan(28);
  });
});
