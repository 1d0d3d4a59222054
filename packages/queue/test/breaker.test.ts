import { describe, expect, it } from 'vitest';
import {
  openScene,
  puzzling,
  SILENT,
  throttled,
  times,
  UNCLEAR,
  UNREACHED,
  useRedis,
  WORKS,
  type Scene,
} from './pace-fixture.ts';

const { prefix, connection } = useRedis('breaker');

const FIRST_MS = 5_000;

/** An account whose calls are held back since a moment ago. */
async function inTrouble(): Promise<Scene> {
  const scene = openScene(connection(), prefix);
  await scene.tell(...times(10, UNREACHED));
  return scene;
}

/** The number of the trial that may start now. */
async function trialOf(scene: Scene): Promise<number> {
  const taken = await scene.one.take(16);
  if (taken.kind !== 'granted') throw new Error(`wait for ${taken.waitMs} ms: ${taken.why}`);
  expect(taken.requests).toBe(1);
  return taken.trial;
}

async function expectPause(scene: Scene, pauseMs: number): Promise<void> {
  const wait = await scene.look();
  expect(wait?.why).toBe('breaker');
  expect(wait?.waitMs).toBeGreaterThan(pauseMs - 1_000);
  expect(wait?.waitMs).toBeLessThanOrEqual(pauseMs);
}

describe('calls are held back', () => {
  it('after ten in a row, of all workers together, that were not sent or unclear', async () => {
    const scene = openScene(connection(), prefix);
    await scene.tell(...times(5, UNREACHED));
    await scene.two.tell(times(4, UNCLEAR).map((sign) => ({ sign, trial: 0 })));
    expect(await scene.look()).toBeUndefined();
    await scene.tell(throttled());
    await scene.age(1_000); // the pause of the 429
    await expectPause(scene, FIRST_MS - 1_000);
  });

  it('not where one of them worked, and not for those that we stopped ourselves', async () => {
    const scene = openScene(connection(), prefix);
    await scene.tell(...times(9, UNREACHED), WORKS, ...times(9, UNCLEAR), ...times(9, SILENT));
    expect(await scene.look()).toBeUndefined();
    await scene.tell(UNCLEAR);
    await expectPause(scene, FIRST_MS);
  });

  it('no longer when a call from before works after all, and no longer for more that fail', async () => {
    const scene = await inTrouble();
    await scene.tell(...times(30, UNCLEAR));
    await expectPause(scene, FIRST_MS);
    await scene.tell(WORKS);
    expect(await scene.one.take(16)).toMatchObject({ requests: 16, trial: 0 });
  });
});

describe('after the pause', () => {
  it('one call is tried, and no other until it has ended', async () => {
    const scene = await inTrouble();
    await scene.age(FIRST_MS);
    const trial = await trialOf(scene);
    const taken = await scene.two.take(16);
    expect(taken).toEqual({ kind: 'wait', waitMs: 250, why: 'breaker' });
    await scene.one.tell([{ sign: WORKS, trial }]);
    expect(await scene.two.take(16)).toMatchObject({ requests: 16, trial: 0 });
  });

  it('a trial that fails makes the next pause twice as long, up to a limit', async () => {
    const scene = await inTrouble();
    await scene.age(FIRST_MS);
    for (const pauseMs of [10_000, 20_000, 40_000, 60_000, 60_000]) {
      await scene.one.tell([{ sign: UNREACHED, trial: await trialOf(scene) }]);
      await expectPause(scene, pauseMs);
      await scene.age(pauseMs);
    }
    await scene.one.tell([{ sign: WORKS, trial: await trialOf(scene) }]);
    await scene.tell(...times(10, UNREACHED));
    await expectPause(scene, FIRST_MS);
  });

  it('a trial that came to nothing makes room for another', async () => {
    const scene = await inTrouble();
    await scene.age(FIRST_MS);
    await scene.one.tell([{ sign: SILENT, trial: await trialOf(scene) }]);
    await scene.one.giveBack({ requests: 1, recipients: 1, trial: await trialOf(scene) });
    const trial = await trialOf(scene);
    await scene.one.giveBack({ requests: 1, recipients: 1, trial: trial - 1 });
    expect(await scene.look()).toMatchObject({ why: 'breaker' });
  });

  it('a trial whose worker died is over when its call must have ended', async () => {
    const scene = await inTrouble();
    await scene.age(FIRST_MS);
    await trialOf(scene);
    await scene.age(80_000);
    expect(await scene.look()).toMatchObject({ why: 'breaker' });
    await scene.age(10_000);
    expect(await trialOf(scene)).toBeGreaterThan(1);
  });
});

describe('trouble', () => {
  it('is told with how the last call failed, since calls were first held back', async () => {
    const scene = openScene(connection(), prefix);
    const none = { failing: undefined, puzzle: undefined };
    expect(await scene.tell(...times(9, UNREACHED))).toEqual(none);
    expect(await scene.tell(UNREACHED)).toMatchObject({
      failing: { kind: 'unreached', reason: 'ECONNREFUSED', forMs: 0 },
    });
    await scene.age(290_000);
    expect(await scene.tell(SILENT)).toEqual(none);
    const { failing } = await scene.tell(UNCLEAR);
    expect(failing).toMatchObject({ kind: 'unclear', reason: 'timeout' });
    expect(failing?.forMs).toBeGreaterThanOrEqual(290_000);
    expect(await scene.tell(UNREACHED, WORKS)).toEqual(none);
  });

  it('is forgotten when the account was stopped: it starts again with patience', async () => {
    const scene = await inTrouble();
    await scene.tell(puzzling('works', 'Dormant', 9), ...times(10, UNREACHED));
    await scene.age(400_000);
    await scene.two.forget();
    expect(await scene.look()).toBeUndefined();
    expect(await scene.tell(...times(9, UNREACHED))).toMatchObject({ failing: undefined });
    expect((await scene.tell(UNREACHED)).failing?.forMs).toBe(0);
    expect((await scene.tell(puzzling('works', 'Dormant'))).puzzle?.lines).toBe(1);
  });
});

describe('equal answers that nobody knows', () => {
  const counted = async (scene: Scene, ...signs: Parameters<Scene['tell']>) =>
    (await scene.tell(...signs)).puzzle;

  it('are counted in a row, over all workers, by line', async () => {
    const scene = openScene(connection(), prefix);
    expect(await counted(scene, puzzling('works', 'Dormant', 7))).toEqual({
      text: 'Dormant',
      lines: 7,
    });
    const sign = puzzling('unclear', 'Dormant', 2);
    expect((await scene.two.tell([{ sign, trial: 0 }])).puzzle?.lines).toBe(9);
    expect(await counted(scene, UNREACHED, UNCLEAR, SILENT)).toBeUndefined();
    expect((await counted(scene, puzzling('works', 'Dormant')))?.lines).toBe(10);
  });

  it('begin anew after an accepted line, and after another text', async () => {
    const scene = openScene(connection(), prefix);
    const dormant = puzzling('works', 'Dormant', 5);
    expect((await counted(scene, dormant, WORKS, dormant))?.lines).toBe(5);
    expect((await counted(scene, dormant))?.lines).toBe(10);
    expect(await counted(scene, puzzling('works', 'Barred', 6))).toEqual({
      text: 'Barred',
      lines: 6,
    });
    expect((await counted(scene, dormant))?.lines).toBe(5);
  });

  it('are told though one that was accepted came with them', async () => {
    const scene = openScene(connection(), prefix);
    expect((await counted(scene, puzzling('works', 'No', 20), WORKS))?.lines).toBe(20);
  });

  it('count by themselves and not with calls that fail, where different ones do', async () => {
    const scene = openScene(connection(), prefix);
    await scene.tell(...times(19, puzzling('unclear', 'Try again on Monday')));
    expect(await scene.look()).toBeUndefined();
    const different = Array.from({ length: 9 }, (_, at) => puzzling('unclear', `Error ${at}`));
    await scene.tell(...different);
    expect(await scene.look()).toMatchObject({ why: 'breaker' });
  });
});
