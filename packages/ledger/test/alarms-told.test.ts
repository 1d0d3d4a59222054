import { afterEach, beforeEach, expect, it } from 'vitest';
import { raiseAlarms, recordTold, takeAlarmsToTell, type AlarmToTell } from '../src/index.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const HOLD = { limit: 10, holdMs: 60_000 };

/** Makes alarms of these subjects the open ones. */
const raise = (...subjects: string[]) =>
  raiseAlarms(world.ledger, {
    standing: subjects.map((subject) => ({ kind: 'account_stopped', subject, detail: 'why' })),
    unjudged: [],
    lookedAt: 'now',
  });
const take = (terms = HOLD) => takeAlarmsToTell(world.ledger, terms);
const takeOne = async (): Promise<AlarmToTell> => {
  const [one] = await take();
  if (!one) throw new Error('nothing is due');
  return one;
};
const told = (alarm: AlarmToTell) => recordTold(world.ledger, alarm, { taken: true });

it('gives what was raised, and when it is over that it is, each once', async () => {
  await raise('system');
  const raised = await takeOne();
  expect(raised).toMatchObject({ state: 'raised', tries: 1, severity: 'page', detail: 'why' });
  await told(raised);
  expect(await take()).toEqual([]);
  await raise();
  const cleared = await takeOne();
  expect(cleared).toMatchObject({ id: raised.id, state: 'cleared', tries: 1 });
  expect(cleared.clearedAt).toBeInstanceOf(Date);
  await told(cleared);
  expect(await take()).toEqual([]);
});

it('gives that it was raised before that it is over, also where it was over at once', async () => {
  await raise('system');
  await raise();
  const raised = await takeOne();
  expect(raised.state).toBe('raised');
  await told(raised);
  expect(await takeOne()).toMatchObject({ id: raised.id, state: 'cleared' });
});

it('gives each to one of many schedulers', async () => {
  await raise('a', 'b', 'c', 'd');
  const taken = await Promise.all(Array.from({ length: 6 }, () => take({ ...HOLD, limit: 2 })));
  expect(
    taken
      .flat()
      .map(({ subject }) => subject)
      .toSorted(),
  ).toEqual(['a', 'b', 'c', 'd']);
});

it('gives what nobody recorded again when the hold is over', async () => {
  await raise('system');
  await take({ limit: 1, holdMs: 0 });
  expect(await takeOne()).toMatchObject({ state: 'raised', tries: 2 });
});

it('gives what was not taken again after the wait, with its tries counted', async () => {
  await raise('system');
  const one = await takeOne();
  await recordTold(world.ledger, one, { taken: false, againMs: 60_000 });
  expect(await take()).toEqual([]);
  await recordTold(world.ledger, one, { taken: false, againMs: 0 });
  expect(await takeOne()).toMatchObject({ tries: 2 });
});

it('leaves the hold of who took it later', async () => {
  await raise('system');
  const [late] = await take({ limit: 1, holdMs: 0 });
  if (!late) throw new Error('nothing is due');
  await takeOne();
  await recordTold(world.ledger, late, { taken: false, againMs: 0 });
  expect(await take()).toEqual([]);
});

it('gives up what is over for more than a day, and keeps it', async () => {
  await raise('old', 'new');
  await raise();
  await world.owner.query(
    "UPDATE alarms SET cleared_at = now() - interval '25 hours' WHERE subject = 'old'",
  );
  expect(await take()).toMatchObject([{ subject: 'new' }]);
  expect(await world.count('SELECT count(*) FROM alarms WHERE told_raised_at IS NULL')).toBe(2);
});

it('still tells of what stands for longer than that', async () => {
  await raise('system');
  await world.owner.query("UPDATE alarms SET raised_at = now() - interval '25 hours'");
  expect(await takeOne()).toMatchObject({ state: 'raised' });
});
