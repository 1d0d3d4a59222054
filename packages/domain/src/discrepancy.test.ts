import { describe, expect, it } from 'vitest';
import {
  DISCREPANCY_STEPS,
  discrepancyStateAfter,
  discrepancyStep,
  maySetStep,
} from './discrepancy.ts';

describe('a discrepancy', () => {
  it('is open at first, and in the state of its last step then', () => {
    expect(discrepancyStateAfter(undefined)).toBe('open');
    expect(DISCREPANCY_STEPS.map(discrepancyStateAfter)).toEqual([
      'taken',
      'explained',
      'closed',
      'open',
    ]);
  });

  it('that is closed is only reopened, and only what is over or explained is', () => {
    for (const last of [undefined, ...DISCREPANCY_STEPS]) {
      const state = discrepancyStateAfter(last);
      for (const step of ['taken', 'explained', 'closed'] as const)
        expect(maySetStep(last, step)).toBe(state !== 'closed');
      expect(maySetStep(last, 'reopened')).toBe(state === 'closed' || state === 'explained');
    }
  });

  it('has no other steps', () => {
    expect(discrepancyStep('closed')).toBe('closed');
    expect(() => discrepancyStep('opened')).toThrow(RangeError);
  });
});
