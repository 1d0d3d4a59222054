import { describe, expect, it } from 'vitest';
import { askCli, runCli, untilState } from '@salio/testkit';
import { readBook } from '../src/book.ts';
import {
  credited,
  ENDS_MS,
  failure,
  fileOf,
  owner,
  stateOf,
  submit,
  system,
  useScene,
} from './bad-scene.ts';

useScene();

/** The simulator refuses phones that end in 9902, as long as its magic is on. */
const refusedPhone = (series: string) => `+25471${series}09902`;
const takenPhone = (series: string) => `+25471${series}00001`;

const setMagic = (on: boolean) => setSimulator({ MAGIC: on });

async function setSimulator(settings: Readonly<Record<string, unknown>>): Promise<void> {
  const response = await fetch(`${system.simulatorUrl}/simulator/settings`, {
    method: 'POST',
    body: JSON.stringify(settings),
  });
  expect(response.status).toBe(200);
}

/** A completed batch of one line that was paid and one that was refused. */
async function refuseOne(name: string, series: string): Promise<void> {
  await setMagic(true);
  const rows = [`${takenPhone(series)},10,KES,,`, `${refusedPhone(series)},20.50,KES,,`];
  await submit(await fileOf(name, rows), name);
  await askCli(['release', name], system.cli);
  await untilState(system, name, ['completed'], ENDS_MS);
  expect(await credited(series)).toEqual([`${takenPhone(series)} KES 100000`]);
}

describe('a refused line', () => {
  it('is credited once when it is retried after the provider has changed its mind', async () => {
    await refuseOne('retried', '30');
    await setMagic(false);
    expect(
      await askCli(['retry', 'retried', '--reason', 'the number is open now'], system.cli),
    ).toMatchObject({
      state: 'released',
      lines: 1,
      sums: ['KES 20.5000'],
      refused: {},
      dryRun: false,
    });
    await untilState(system, 'retried', ['completed'], ENDS_MS);
    expect(await credited('30')).toEqual([
      `${takenPhone('30')} KES 100000`,
      `${refusedPhone('30')} KES 205000`,
    ]);
    // Nothing is failed any more, so nothing is sent any more.
    expect(await failure('retry', 'retried')).toMatchObject({ code: 4, error: 'CONFLICT' });
    expect(await credited('30')).toHaveLength(2);
  });

  it('is refused once more under a new key where the provider has not', async () => {
    await refuseOne('again', '31');
    await askCli(['retry', 'again', '--lines', '2'], system.cli);
    await untilState(system, 'again', ['completed'], ENDS_MS);
    expect(await askCli(['line', 'again', '2'], system.cli)).toMatchObject({
      kind: 'answer',
      attemptNo: 2,
      sendNo: 1,
      ending: 'refused',
    });
    expect(await credited('31')).toHaveLength(1);
  });

  it('is left alone by a dry run, which says what it would do', async () => {
    await refuseOne('dry', '32');
    await setMagic(false);
    expect(await askCli(['retry', 'dry', '--dry-run', '--lines', '1-2'], system.cli)).toMatchObject(
      {
        state: 'completed',
        dryRun: true,
        lines: 1,
        sums: ['KES 20.5000'],
        refused: { not_failed: 1 },
        enquiriesNeeded: 0,
      },
    );
    expect(await stateOf('dry')).toBe('completed');
  });
});

describe('a line that the provider took and did not deliver', () => {
  const account = () => ({
    ...system.cli,
    AIRTIME_USERNAME: 'salio-demo',
    AIRTIME_API_KEY: 'demo-key',
    AIRTIME_BASE_URL: system.simulatorUrl,
  });

  it('is retried after the provider was asked, and only where it says Failed', async () => {
    await setSimulator({ MAGIC: true, FINAL_AFTER_MS: 3_600_000 });
    // 9908: accepted, and the telco refuses it later.
    const undelivered = '+254713409908';
    await submit(await fileOf('late', [`${undelivered},30,KES,,`]), 'late');
    await askCli(['release', 'late'], system.cli);
    await untilState(system, 'late', ['completed'], ENDS_MS);
    // As a notification will make it.
    await owner.query(
      `UPDATE lines SET state = 'failed' WHERE batch_no = (SELECT batch_no FROM batches WHERE client_reference = 'late')`,
    );
    const dry = await askCli(['retry', 'late', '--dry-run'], system.cli);
    expect(dry).toMatchObject({
      lines: 0,
      enquiriesNeeded: 1,
      refused: { not_declared_failed: 1 },
    });
    const early = await runCli(['retry', 'late', '--json'], account());
    expect(early.code).toBe(4);
    await setSimulator({ MAGIC: false, FINAL_AFTER_MS: 1, SENT_AFTER_MS: 0 });
    expect(await askCli(['retry', 'late'], account())).toMatchObject({ lines: 1, enquiries: 1 });
    await untilState(system, 'late', ['completed'], ENDS_MS);
    const { rows } = await owner.query('SELECT status, operator FROM enquiries ORDER BY id');
    expect(rows).toEqual([
      { status: expect.stringMatching(/^(Queued|Sent)$/), operator: 'demo' },
      { status: 'Failed', operator: 'demo' },
    ]);
    const book = await Array.fromAsync(readBook(system.simulatorUrl));
    const ours = book.filter((entry) => entry.phone === undelivered);
    expect(ours.map((entry) => entry.credited)).toEqual([false, true]);
  });
});

describe('a retry', () => {
  it('of a line that is not failed is a conflict that says how many were asked for', async () => {
    await refuseOne('sent', '33');
    const told = await failure('retry', 'sent', '--lines', '1,7-9');
    expect(told).toMatchObject({ code: 4, error: 'CONFLICT' });
    expect(told.message).toContain('4 not failed, or no line at all');
  });

  it('with a list that can not be read, or of no batch, says so', async () => {
    expect(await failure('retry', 'sent', '--lines', '5-3')).toMatchObject({
      code: 2,
      message: expect.stringContaining('"5-3" ends before it begins'),
    });
    expect(await failure('retry', 'nowhere')).toMatchObject({ code: 3, error: 'NOT_FOUND' });
  });
});
