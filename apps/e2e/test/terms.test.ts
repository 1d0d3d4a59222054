import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { askCli, eventually, runCli, untilState } from '@salio/testkit';
import {
  credited,
  ENDS_MS,
  failure,
  fileOf,
  folder,
  owner,
  phone,
  submit,
  system,
  useScene,
} from './bad-scene.ts';

useScene();

const HOUR_MS = 3_600_000;
/** Near enough to be waited for, and far enough that a release comes before it. */
const SOON_MS = 6_000;
const soon = () => new Date(Date.now() + SOON_MS);
const sendsBefore = `SELECT count(*)::int AS sends FROM v_attempts a JOIN v_batches b ON b.batch_id = a.batch_id
  WHERE b.client_reference = $1 AND a.opened_at < $2`;
const countSends = async (name: string, before: Date) =>
  (await owner.query<{ sends: number }>(sendsBefore, [name, before])).rows[0]?.sends;

/** A turn that was looked at, and waits for the end of quiet hours. */
const PUT_OFF = `SELECT 1 FROM turns WHERE due_at > now() + interval '10 minutes'`;

/** An hour before now until an hour after, by the clock of UTC. */
function aroundNow(): string {
  const at = (ms: number) => new Date(Date.now() + ms).toISOString().slice(11, 16);
  return `${at(-HOUR_MS)}-${at(HOUR_MS)} UTC`;
}

describe('a batch', () => {
  it('is paid once its moment has come, and not before', async () => {
    const moment = soon();
    const file = await fileOf('later', [`${phone('60', 1)},10,KES,,`]);
    await submit(file, 'later', '--not-before', moment.toISOString().replace(/\.\d+/, ''));
    await askCli(['release', 'later'], system.cli);
    await untilState(system, 'later', ['completed'], ENDS_MS + SOON_MS);
    expect(await credited('60')).toEqual([`${phone('60', 1)} KES 100000`]);
    moment.setMilliseconds(0);
    expect(await countSends('later', moment)).toBe(0);
  });

  it('in its quiet hours is not paid, and is cancelled when it expires', async () => {
    const file = await fileOf('quiet', [`${phone('61', 1)},10,KES,,`]);
    const expiry = new Date(Date.now() + HOUR_MS).toISOString().replace(/\.\d+/, '');
    await submit(file, 'quiet', '--quiet-hours', aroundNow(), '--expires-at', expiry);
    await askCli(['release', 'quiet'], system.cli);
    await eventually(async () => (await owner.query(PUT_OFF)).rowCount === 1, {
      timeoutMs: ENDS_MS,
    });
    // That hour passes at once.
    await owner.query(
      `UPDATE batches SET expires_at = now() WHERE client_reference = 'quiet' AND expires_at = $1`,
      [expiry],
    );
    await untilState(system, 'quiet', ['cancelled'], ENDS_MS);
    expect(await credited('61')).toEqual([]);
    expect(await countSends('quiet', new Date(Date.now() + HOUR_MS))).toBe(0);
    expect((await failure('resume', 'quiet')).code).toBe(4);
  });

  it.each([
    ['--not-before', '2026-12-01 08:00', '--not-before is like'],
    ['--expires-at', '2026-02-30 08:00 Africa/Nairobi', '--expires-at: there is no such moment'],
    ['--quiet-hours', '21:00-08:00 Africa/Nowhere', '--quiet-hours is like'],
  ])('is not submitted with %s %s', async (option, value, said) => {
    const file = await fileOf('wrong', [`${phone('62', 1)},10,KES,,`]);
    const args = ['submit', file, '--reference', 'wrong', option, value];
    const { code, stderr } = await runCli(args, system.cli);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  it('of corrected rows belongs to the first one, and is paid once under two names', async () => {
    const rejected = join(folder, 'rejected.csv');
    const rows = [`${phone('63', 1)},10,KES,,`, `${phone('63', 2)},ten,KES,,`];
    await submit(await fileOf('parent', rows), 'parent', '--rejections', rejected);
    const file = join(folder, 'corrected.csv');
    await writeFile(file, (await readFile(rejected, 'utf8')).replace(',ten,', ',10,'));
    await submit(file, 'child', '--corrects', 'parent');
    expect(await askCli(['batch', 'parent'], system.cli)).toMatchObject({
      rejected: 1,
      corrected: 1,
    });
    const again = await failure('submit', file, '--reference', 'twin', '--corrects', 'parent');
    expect(again.message).toContain('more rows than the batch that it corrects');
    await askCli(['release', 'child'], system.cli);
    await untilState(system, 'child', ['completed'], ENDS_MS);
    expect(await credited('63')).toEqual([`${phone('63', 2)} KES 100000`]);
  });

  it('that repeats another one is released by who says how much of it does', async () => {
    const rows = [`${phone('64', 1)},10,KES,,`, `${phone('64', 2)},10,KES,,`];
    await submit(await fileOf('first', rows), 'first');
    await askCli(['release', 'first'], system.cli);
    await submit(await fileOf('second', rows.slice(1)), 'second');
    const refused = await failure('release', 'second');
    expect(refused.code).toBe(4);
    expect(refused.message).toContain('1 lines (KES 10.0000)');
    await untilState(system, 'first', ['completed'], ENDS_MS);
    await askCli(['release', 'second', '--repeats', '1'], system.cli);
    await untilState(system, 'second', ['completed'], ENDS_MS);
    expect(await credited('64')).toHaveLength(3);
  });
});
