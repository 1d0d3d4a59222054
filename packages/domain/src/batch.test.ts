import { describe, expect, it } from 'vitest';
import { BATCH_STATES, effectiveLineState } from './batch.ts';
import { LINE_STATES } from './line.ts';

describe('effectiveLineState', () => {
  it.each([
    ['pending', 'checked', 'pending'],
    ['pending', 'released', 'queued'],
    ['pending', 'paused', 'queued'],
    ['pending', 'cancelled', 'cancelled'],
    ['queued', 'cancelled', 'cancelled'],
    ['held', 'cancelled', 'cancelled'],
    ['held', 'released', 'held'],
    ['sending', 'cancelled', 'sending'],
    ['sent', 'cancelled', 'sent'],
    ['unresolved', 'cancelled', 'unresolved'],
    ['failed', 'cancelled', 'failed'],
    ['succeeded', 'cancelled', 'succeeded'],
  ] as const)('counts a %s line of a %s batch as %s', (line, batch, expected) => {
    expect(effectiveLineState(line, batch)).toBe(expected);
  });

  it('is the stored one wherever something may have been sent', () => {
    const touched = LINE_STATES.filter((state) => !['pending', 'queued', 'held'].includes(state));
    for (const state of touched) {
      for (const batch of BATCH_STATES) expect(effectiveLineState(state, batch)).toBe(state);
    }
  });

  it('is the stored one before release', () => {
    for (const state of LINE_STATES) {
      for (const batch of ['receiving', 'checked', 'refused', 'abandoned'] as const) {
        expect(effectiveLineState(state, batch)).toBe(state);
      }
    }
  });
});
