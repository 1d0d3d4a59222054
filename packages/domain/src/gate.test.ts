import { describe, expect, it } from 'vitest';
import { judgeValidation, type GateLine } from './gate.ts';
import { LINE_STATES } from './line.ts';

const line = (overrides: Partial<GateLine> = {}): GateLine => ({
  equal: true,
  state: 'sending',
  attemptId: '7',
  expectedId: '7',
  inFlight: true,
  permit: 'none',
  ...overrides,
});

describe('a validation', () => {
  it('is answered with yes for a line that was asked for, once, and again for the same transaction', () => {
    expect(judgeValidation(line())).toEqual({ answer: 'yes', reason: 'permitted' });
    const again = judgeValidation(line({ permit: 'this' }));
    expect(again).toEqual({ answer: 'yes', reason: 'repeated' });
  });

  it.each([
    ['no_line', undefined],
    ['no_line', line({ equal: false })],
    ['other_data', line({ equal: false, permit: 'this' })],
    ['moved_on', line({ attemptId: '8' })],
    ['moved_on', line({ attemptId: '8', permit: 'this' })],
    ['moved_on', line({ attemptId: undefined })],
    ['not_in_flight', line({ inFlight: false })],
    ['not_in_flight', line({ inFlight: false, permit: 'this' })],
    ['taken', line({ permit: 'another' })],
    ['taken', line({ permit: 'another', inFlight: false })],
  ] as const)('is answered with no: %s', (reason, known) => {
    expect(judgeValidation(known)).toEqual({ answer: 'no', reason });
  });

  it('is answered with yes only while its request is open, unclear, or no more than accepted', () => {
    const yes = LINE_STATES.filter((state) => judgeValidation(line({ state })).answer === 'yes');
    expect(yes.toSorted()).toEqual(['sending', 'sent', 'unresolved']);
    const again = LINE_STATES.filter(
      (state) => judgeValidation(line({ state, permit: 'this' })).answer === 'yes',
    );
    expect(again.toSorted()).toEqual(['sending', 'sent', 'unresolved']);
  });
});
