import { describe, expect, it } from 'vitest';
import { ENQUIRY_WAIT_MAX_MS, planEnquiry, type EnquiryFacts } from './enquiry.ts';
import { LINE_STATES } from './line.ts';

const TERMS = { enquireAfterMs: 900_000, newsPatienceMs: 32_400_000 };
const wait = (overrides: Partial<EnquiryFacts>) =>
  planEnquiry(
    { state: 'sent', sinceMs: 0, asked: 0, lastMs: 0, answered: false, ...overrides },
    TERMS,
  );

describe('an enquiry', () => {
  it('is made when news of a sent or unresolved line is late', () => {
    expect(wait({ sinceMs: 100 })).toBe(899_900);
    expect(wait({ state: 'unresolved', sinceMs: 900_000 })).toBe(0);
  });

  it('is repeated after waits that double, within nine hours a handful of times, then daily', () => {
    expect(wait({ asked: 1, lastMs: 1_000 })).toBe(1_799_000);
    expect(wait({ asked: 5 })).toBe(28_800_000);
    expect(wait({ asked: 7 })).toBe(ENQUIRY_WAIT_MAX_MS);
    expect(wait({ asked: 40_000 })).toBe(ENQUIRY_WAIT_MAX_MS);
  });

  it('is made at once for a line that a notification failed, and repeated until it is confirmed', () => {
    expect(wait({ state: 'failed', sinceMs: 5 })).toBe(-5);
    expect(wait({ state: 'failed', asked: 1 })).toBe(900_000);
    expect(wait({ state: 'failed', asked: 1, answered: true })).toBeUndefined();
  });

  it.each(LINE_STATES)('is made of a line that is %s, or not', (state) => {
    const asked = ['sent', 'unresolved', 'failed'].includes(state);
    expect(wait({ state }) !== undefined).toBe(asked);
  });
});
