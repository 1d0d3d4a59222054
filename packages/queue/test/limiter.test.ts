import { describe, expect, it } from 'vitest';
import { openPace, paceKey, type Permits } from '../src/index.ts';
import {
  FROZEN_MS,
  openScene,
  throttled,
  times,
  UNCLEAR,
  useRedis,
  WORKS,
  type Scene,
} from './pace-fixture.ts';

const { prefix, connection } = useRedis('pace');

async function granted(scene: Scene, requests: number): Promise<Permits> {
  const taken = await scene.one.take(requests);
  if (taken.kind !== 'granted') throw new Error(`wait for ${taken.waitMs} ms: ${taken.why}`);
  return taken;
}

describe('without a limit', () => {
  it('everything that is asked for is granted, and nothing is counted', async () => {
    const scene = openScene(connection(), prefix);
    const all = { kind: 'granted', requests: 64, metered: false, trial: 0 };
    expect(await scene.one.take(64)).toEqual(all);
    expect(await scene.two.take(64)).toEqual(all);
  });
});

describe('a limit of requests', () => {
  it('is one for all workers: together they start no more than a burst and what time gave', async () => {
    const scene = openScene(connection(), prefix, { requestsPerSecond: 10 });
    const begun = performance.now();
    const taken = await Promise.all(
      Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? scene.one : scene.two).take(3)),
    );
    const seconds = (performance.now() - begun) / 1_000;
    const started = taken.reduce(
      (sum, one) => sum + (one.kind === 'granted' ? one.requests : 0),
      0,
    );
    expect(started).toBeGreaterThanOrEqual(10);
    expect(started).toBeLessThanOrEqual(10 + Math.ceil(seconds * 10));
  });

  it('gives what is there, and says how long the next one takes', async () => {
    const scene = openScene(connection(), prefix, { requestsPerSecond: 2 });
    expect(await granted(scene, 64)).toMatchObject({ requests: 2, metered: true });
    await scene.freeze();
    expect(await scene.look()).toEqual({ why: 'rate', waitMs: 500 });
    await scene.age(FROZEN_MS + 500);
    expect(await granted(scene, 1)).toMatchObject({ requests: 1 });
  });

  it('never gives more than a second at once, however long nobody asked', async () => {
    const scene = openScene(connection(), prefix, { requestsPerSecond: 5 });
    await granted(scene, 5);
    await scene.age(3_600_000);
    expect(await granted(scene, 64)).toMatchObject({ requests: 5 });
  });

  it('does not trickle: who wants many waits for a tenth of a second', async () => {
    const scene = openScene(connection(), prefix, { requestsPerSecond: 1_000 });
    await granted(scene, 1_000);
    await scene.freeze();
    expect(await scene.one.take(1)).toEqual({ kind: 'wait', waitMs: 1, why: 'rate' });
    expect(await scene.one.take(30)).toEqual({ kind: 'wait', waitMs: 30, why: 'rate' });
    expect(await scene.one.take(1_000)).toEqual({ kind: 'wait', waitMs: 100, why: 'rate' });
    await scene.age(FROZEN_MS + 100);
    expect((await granted(scene, 1_000)).requests).toBeGreaterThanOrEqual(100);
  });

  it('gets back what was not used', async () => {
    const scene = openScene(connection(), prefix, { requestsPerSecond: 5 });
    await granted(scene, 5);
    await scene.freeze();
    await scene.two.giveBack({ requests: 4, recipients: 4, trial: 0 });
    expect(await granted(scene, 5)).toMatchObject({ requests: 4 });
    await scene.two.giveBack({ requests: 999, recipients: 999, trial: 0 });
    expect(await granted(scene, 64)).toMatchObject({ requests: 5 });
  });
});

describe('a limit of recipients', () => {
  it('counts the most that a request may carry, and gets back what it did not', async () => {
    const scene = openScene(connection(), prefix, {
      recipientsPerSecond: 100,
      recipientsPerRequest: 40,
    });
    expect(await granted(scene, 64)).toMatchObject({ requests: 2 });
    await scene.freeze();
    expect(await scene.look()).toEqual({ why: 'rate', waitMs: 200 });
    await scene.one.giveBack({ requests: 0, recipients: 60, trial: 0 });
    expect(await granted(scene, 64)).toMatchObject({ requests: 2 });
  });

  it('lets a request pass that is larger than a second, and the next one waits for all of it', async () => {
    const scene = openScene(connection(), prefix, {
      recipientsPerSecond: 10,
      recipientsPerRequest: 50,
    });
    expect(await granted(scene, 64)).toMatchObject({ requests: 1 });
    await scene.freeze();
    expect(await scene.one.take(64)).toEqual({ kind: 'wait', waitMs: 5_000, why: 'rate' });
    await scene.age(FROZEN_MS + 5_000);
    expect(await granted(scene, 64)).toMatchObject({ requests: 1 });
  });

  it('holds beside one of requests: the narrower one counts', async () => {
    const scene = openScene(connection(), prefix, { requestsPerSecond: 9, recipientsPerSecond: 4 });
    expect(await granted(scene, 64)).toMatchObject({ requests: 4 });
  });
});

describe('a 429', () => {
  it('lets nothing start before its Retry-After, up to a limit', async () => {
    const scene = openScene(connection(), prefix);
    await scene.tell(throttled(7_000));
    const wait = await scene.look();
    expect(wait?.why).toBe('throttled');
    expect(wait?.waitMs).toBeGreaterThan(6_000);
    expect(wait?.waitMs).toBeLessThanOrEqual(7_000);
    await scene.tell(throttled(86_400_000), throttled(1));
    expect((await scene.look())?.waitMs).toBeGreaterThan(290_000);
    expect((await scene.look())?.waitMs).toBeLessThanOrEqual(300_000);
  });

  it.each([undefined, 0])('that says %s pauses for longer each time, up to a limit', async (ms) => {
    const scene = openScene(connection(), prefix, { breakerAfter: 1_000 });
    for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      await scene.tell(throttled(ms));
      const waitMs = (await scene.look())?.waitMs ?? 0;
      expect(waitMs).toBeGreaterThan(pause - 500);
      expect(waitMs).toBeLessThanOrEqual(pause);
      await scene.age(pause);
    }
  });

  it('begins again with a short pause once something works', async () => {
    const scene = openScene(connection(), prefix);
    await scene.tell(throttled());
    await scene.age(1_000);
    await scene.tell(WORKS, throttled());
    expect((await scene.look())?.waitMs).toBeLessThanOrEqual(1_000);
  });

  it('halves a rate once for all calls that were under way together, down to a floor', async () => {
    const scene = openScene(connection(), prefix, { requestsPerSecond: 640, breakerAfter: 1_000 });
    await scene.tell(...times(16, throttled()));
    await scene.age(1_000_000);
    expect((await granted(scene, 1_000)).requests).toBe(320);
    for (let more = 0; more < 9; more += 1) {
      await scene.tell(throttled());
      await scene.age(1_000_000);
    }
    expect((await granted(scene, 1_000)).requests).toBe(10);
  });

  it('makes a rate of what was started, where none is set', async () => {
    const scene = openScene(connection(), prefix);
    await granted(scene, 64);
    await scene.tell(throttled());
    await scene.age(1_000);
    expect(await granted(scene, 64)).toMatchObject({ requests: 32, metered: true });
    const idle = openScene(connection(), prefix);
    await idle.tell(throttled());
    await idle.age(1_000);
    expect(await granted(idle, 64)).toMatchObject({ requests: 1 });
  });

  it('is made up for by a twentieth with each second in which something works', async () => {
    const scene = openScene(connection(), prefix, { requestsPerSecond: 100 });
    await scene.tell(throttled());
    await scene.age(1_000);
    await scene.tell(...times(50, WORKS));
    await scene.age(1_000);
    expect((await granted(scene, 1_000)).requests).toBe(55);
    for (let second = 0; second < 9; second += 1) {
      await scene.tell(UNCLEAR, WORKS);
      await scene.age(1_000);
    }
    expect((await granted(scene, 1_000)).requests).toBe(100);
  });

  it('where no rate is set, is over when all was made up for', async () => {
    const scene = openScene(connection(), prefix);
    await scene.tell(throttled());
    for (let second = 0; second < 10; second += 1) {
      await scene.age(1_000);
      await scene.tell(WORKS);
    }
    expect(await scene.one.take(64)).toMatchObject({ requests: 64, metered: false });
  });
});

describe('the state of an account', () => {
  it('stays for a while and not for ever, under the prefix and a name that holds any account', async () => {
    const scene = openScene(connection(), prefix, { patienceMs: 1_000_000 });
    await granted(scene, 1);
    expect(scene.key.startsWith(`${prefix}:pace:test%2F`)).toBe(true);
    const ttlMs = await connection().pttl(scene.key);
    expect(ttlMs).toBeGreaterThan(1_900_000);
    expect(ttlMs).toBeLessThanOrEqual(2_000_000);
    expect(paceKey(prefix, 'a{b}:c d')).toBe(`${prefix}:pace:a%7Bb%7D%3Ac%20d`);
  });

  it('may be lost at any time: that costs a burst', async () => {
    const scene = openScene(connection(), prefix, { requestsPerSecond: 3 });
    await granted(scene, 3);
    await scene.tell(...times(10, UNCLEAR), throttled());
    await connection().del(scene.key);
    expect(await granted(scene, 64)).toMatchObject({ requests: 3, trial: 0 });
    await connection().del(scene.key);
    await scene.one.giveBack({ requests: 3, recipients: 3, trial: 4 });
    expect(await granted(scene, 64)).toMatchObject({ requests: 3 });
    expect(await scene.one.tell([])).toEqual({ failing: undefined, puzzle: undefined });
  });

  it('is not that of another account, and needs no script that Redis has kept', async () => {
    const scene = openScene(connection(), prefix, { requestsPerSecond: 1 });
    await granted(scene, 1);
    await scene.freeze();
    await connection().script('FLUSH');
    expect(await scene.look()).toMatchObject({ why: 'rate' });
    const other = openScene(connection(), prefix, { requestsPerSecond: 1 });
    expect(await other.look()).toBeUndefined();
  });

  it('that can not be read lets nothing start', async () => {
    const scene = openScene(connection(), prefix);
    await connection().set(scene.key, 'no state');
    await expect(scene.one.take(1)).rejects.toBeInstanceOf(Error);
    const nowhere = { prefix: 'no prefix', account: 'a' };
    expect(() => openPace(connection(), nowhere, scene.terms)).toThrow(RangeError);
  });
});
