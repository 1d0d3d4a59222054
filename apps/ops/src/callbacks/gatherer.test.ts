import { eventually } from '@salio/testkit';
import { describe, expect, it } from 'vitest';
import { createGatherer, type GatherLimits } from './gatherer.ts';

const LIMITS: GatherLimits = {
  atOnce: 10,
  commits: 2,
  lingerMs: 1,
  waiting: 100,
  patienceMs: 10_000,
};

/** A gatherer whose commits end when they are told to. */
function gathering(limits: Partial<GatherLimits> = {}) {
  const commits: { readonly items: readonly number[]; end: (error?: Error) => void }[] = [];
  const errors: number[] = [];
  const gatherer = createGatherer<number, string>({
    limits: { ...LIMITS, ...limits },
    write: (items) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) =>
          error ? reject(error) : resolve(items.map((item) => `answer ${item}`));
        commits.push({ items, end });
      }),
    onError: (_error, items) => errors.push(items),
  });
  const begun = (count: number) => eventually(() => commits.length === count);
  return { gatherer, commits, errors, begun };
}

const refusal = Object.assign(new Error('invalid'), { code: '22P02' });

describe('a gatherer', () => {
  it('gives each item its own answer, from as few commits as fit', async () => {
    const { gatherer, commits, begun } = gathering();
    const answers = Promise.all([1, 2, 3].map((item) => gatherer.add(item)));
    await begun(1);
    expect(commits[0]?.items).toEqual([1, 2, 3]);
    commits[0]?.end();
    expect(await answers).toEqual(['answer 1', 'answer 2', 'answer 3']);
  });

  it('has no more items in a commit, and no more commits at once, than it may', async () => {
    const { gatherer, commits, begun } = gathering({ atOnce: 2 });
    const answers = Promise.all([1, 2, 3, 4, 5].map((item) => gatherer.add(item)));
    await begun(2);
    expect(commits.map(({ items }) => items.length)).toEqual([2, 2]);
    commits[1]?.end();
    await begun(3);
    commits[0]?.end();
    commits[2]?.end();
    expect(await answers).toHaveLength(5);
  });

  it('turns away what it can not keep, at once', async () => {
    const { gatherer, commits, begun } = gathering({ waiting: 2 });
    const taken = [gatherer.add(1), gatherer.add(2)];
    expect(await gatherer.add(3)).toBeUndefined();
    await begun(1);
    commits[0]?.end();
    expect(await Promise.all(taken)).toEqual(['answer 1', 'answer 2']);
  });

  it('has no answer where the commit failed, and goes on', async () => {
    const { gatherer, commits, errors, begun } = gathering();
    const failing = Promise.all([gatherer.add(1), gatherer.add(2)]);
    await begun(1);
    commits[0]?.end(new Error('the database is away'));
    expect(await failing).toEqual([undefined, undefined]);
    expect(errors).toEqual([2]);
    const next = gatherer.add(3);
    await begun(2);
    commits[1]?.end();
    expect(await next).toBe('answer 3');
  });

  it('lets one item that is refused spoil no other', async () => {
    const errors: number[] = [];
    const gatherer = createGatherer<number, number>({
      limits: LIMITS,
      write: async (items) => {
        if (items.includes(3)) throw refusal;
        return items;
      },
      onError: (_error, items) => errors.push(items),
    });
    const answers = await Promise.all([1, 2, 3, 4, 5].map((item) => gatherer.add(item)));
    expect(answers).toEqual([1, 2, undefined, 4, 5]);
    expect(errors).toEqual([1]);
  });

  it('does not begin what nobody waits for any more', async () => {
    const { gatherer, commits, begun } = gathering({ commits: 1, patienceMs: 100 });
    const first = gatherer.add(1);
    await begun(1);
    const second = gatherer.add(2);
    expect(await Promise.all([first, second])).toEqual([undefined, undefined]);
    commits[0]?.end();
    const third = gatherer.add(3);
    await begun(2);
    expect(commits[1]?.items).toEqual([3]);
    commits[1]?.end();
    expect(await third).toBe('answer 3');
  });
});
