import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';

/** A probe that gives these one after the other, and then the last one for ever. */
function giving<Value>(...values: readonly (() => Value)[]): () => Value | undefined {
  let calls = 0;
  return () => values[Math.min(calls++, values.length - 1)]?.();
}

describe('eventually', () => {
  it('gives the first value that is neither undefined, null nor false', async () => {
    const probe = giving<unknown>(
      () => undefined,
      () => null,
      () => false,
      () => 0,
    );
    expect(await eventually(probe, { everyMs: 1 })).toBe(0);
  });

  it('takes an error for "not yet"', async () => {
    const probe = giving(
      () => {
        throw new Error('too early');
      },
      () => 'now',
    );
    expect(await eventually(probe, { everyMs: 1 })).toBe('now');
  });

  it('says what the probe gave last', async () => {
    await expect(eventually(() => false, { timeoutMs: 5, everyMs: 1 })).rejects.toThrow(
      'not within 5 ms; last: false',
    );
  });

  it('says which error the probe threw last, and keeps it as the cause', async () => {
    const cause = new Error('12 of 50');
    const never = eventually(() => Promise.reject(cause), { timeoutMs: 5, everyMs: 1 });
    await expect(never).rejects.toMatchObject({
      message: expect.stringContaining('12 of 50'),
      cause,
    });
  });
});
