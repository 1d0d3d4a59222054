import { describe, expect, it } from 'vitest';
import { repeatWhile } from './repeat.ts';

const LIMITS = { tries: 3, backoffMs: 0 };

describe('repeatWhile', () => {
  it('tries once where the first ending is not one to repeat', async () => {
    expect(await run(['done', 'again'])).toEqual({ ending: 'done', tries: 1 });
  });

  it('tries until an ending is not one to repeat', async () => {
    expect(await run(['again', 'done', 'again'])).toEqual({ ending: 'done', tries: 2 });
  });

  it('answers with the last ending when the tries are used up', async () => {
    expect(await run(['again', 'again', 'again', 'done'])).toEqual({ ending: 'again', tries: 3 });
  });

  it('repeats nothing that throws, network errors included', async () => {
    for (const error of [
      new Error('odd'),
      new TypeError('fetch failed'),
      new TypeError('terminated'),
    ]) {
      let tries = 0;
      const once = async () => {
        tries += 1;
        throw error;
      };
      await expect(repeatWhile(() => true, LIMITS, once)).rejects.toBe(error);
      expect(tries).toBe(1);
    }
  });
});

async function run(endings: string[]): Promise<{ ending: string | undefined; tries: number }> {
  let tries = 0;
  const ending = await repeatWhile(
    (candidate) => candidate === 'again',
    LIMITS,
    async () => endings[tries++],
  );
  return { ending, tries };
}
