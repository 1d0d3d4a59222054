import { describe, expect, it } from 'vitest';
import { MESSAGE_LIFE_MAX_MS } from '@salio/queue';
import { doubling } from './conversation.ts';
import { SubmissionInvalid } from './errors.ts';
import { DEFAULT_SETTINGS, WINDOW_MAX, withDefaults } from './settings.ts';

describe('settings', () => {
  it('are the defaults but for what is given', () => {
    expect(withDefaults()).toEqual(DEFAULT_SETTINGS);
    expect(withDefaults({ window: WINDOW_MAX }).window).toBe(WINDOW_MAX);
  });

  it.each([
    { window: 0 },
    { window: WINDOW_MAX + 1 },
    { window: 1.5 },
    { ackTimeoutMs: 0 },
    { patienceMs: Number.NaN },
    { messageLifeMs: MESSAGE_LIFE_MAX_MS },
  ])('are refused as %j', (given) => {
    expect(() => withDefaults(given)).toThrow(SubmissionInvalid);
  });
});

it('waits twice as long for every try, up to a bound', () => {
  const wait = doubling(10, 60);
  expect([1, 2, 3, 4, 5, 500].map(wait)).toEqual([10, 20, 40, 60, 60, 60]);
});
