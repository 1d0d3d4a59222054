import { eventually, startLocalServices, type LocalServices } from '@salio/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { notification, openLine, openWorld, validation, type World } from './support/world.ts';

let services: LocalServices;
let world: World;
beforeAll(async () => {
  services = await startLocalServices({ given: 'ignore', durability: 'durable' });
  world = await openWorld({ services });
}, 120_000);
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await services?.[Symbol.asyncDispose]();
});

/** Quick against what a provider waits. */
const QUICK_MS = 3_000;

it('answers neither with 200 nor with yes while the database is away, and recovers by itself', async () => {
  const phone = await openLine(world);
  const asked = validation(phone);
  expect((await world.post('status', notification())).status).toBe(200);
  await services.postgres.stopImmediate();
  const startedAt = performance.now();
  const answers = await Promise.all([
    world.post('status', notification()),
    world.post('validation', asked),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([503, 503]);
  for (const answer of answers) expect(await answer.text()).toBe('unavailable\n');
  expect(performance.now() - startedAt).toBeLessThan(QUICK_MS);
  await services.postgres.start();
  await eventually(async () => (await world.post('status', notification())).status === 200);
  expect(await (await world.post('validation', asked)).json()).toEqual({ status: 'Validated' });
  expect(await world.count(`SELECT count(*) FROM validations WHERE answer = 'yes'`)).toBe(1);
  expect(await world.count('SELECT count(*) FROM notifications')).toBe(2);
});
