import { describe, expect, it } from 'vitest';
import { ok, warn, type Check } from './finding.ts';
import { runChecks, summarize } from './run-checks.ts';

const check = (name: string, look: Check['look']): Check => ({ name, look });

describe('checks', () => {
  it('are told in their order, whichever ends first', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = check('slow', async () => {
      await promise;
      return ok('at last');
    });
    const quick = check('quick', async () => {
      resolve();
      return warn('at once', 'do it');
    });
    expect(await runChecks([slow, quick], 60_000)).toEqual([
      { check: 'slow', level: 'ok', says: 'at last', todo: '' },
      { check: 'quick', level: 'warn', says: 'at once', todo: 'do it' },
    ]);
  });

  it('that never end have failed, and keep nobody', async () => {
    const stuck = check('stuck', () => Promise.withResolvers<never>().promise);
    const [found] = await runChecks([stuck], 10);
    expect(found).toMatchObject({ level: 'fail', says: 'no answer within 0.01 s' });
  });

  it.each([
    [new Error('refused'), 'refused'],
    [new Error('Failed query', { cause: new Error('no such table') }), 'no such table'],
    [new AggregateError([new Error('::1 refused')]), '::1 refused'],
    ['a text', 'a text'],
  ])('that throw (%s) have failed with the reason', async (thrown, says) => {
    const broken = check('broken', () => Promise.reject(thrown));
    expect(await runChecks([broken], 60_000)).toMatchObject([{ level: 'fail', says }]);
  });

  it('are counted by level', async () => {
    const found = await runChecks(
      [check('a', async () => ok('')), check('b', async () => ok(''))],
      1_000,
    );
    expect(summarize(found)).toEqual({ ok: 2, warn: 0, fail: 0, skipped: 0 });
  });
});
