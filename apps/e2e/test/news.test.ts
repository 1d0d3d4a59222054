import { expect, inject, it } from 'vitest';
import { askCli, eventually, startSystem, submitAndRelease, type System } from '@salio/testkit';
import { readBook } from '../src/book.ts';
import { fileOf, useFolder } from './scratch.ts';

useFolder();

/** Durations of production, as tests have the time for. */
const SCALED = {
  LEASE_SECONDS: '1',
  REQUEST_TIMEOUT_MS: '500',
  ADOPT_GRACE_SECONDS: '0.5',
  ADOPT_EVERY_MS: '200',
  ENQUIRE_AFTER_SECONDS: '2',
  ENQUIRE_EVERY_MS: '100',
  ENQUIRIES_PER_SECOND: '50',
};

/** What phones with these endings meet (README of the simulator), and what becomes of their lines. */
const FATES: Readonly<Record<string, 'succeeded' | 'failed' | 'unresolved'>> = {
  '0001': 'succeeded',
  // Never told; an enquiry finds out.
  '9940': 'succeeded',
  // Twice; late; before the answer; contradicting; by halves.
  '9941': 'succeeded',
  '9942': 'succeeded',
  '9943': 'succeeded',
  '9944': 'succeeded',
  '9945': 'succeeded',
  '9946': 'failed',
  // Failed as a duplicate of something: proves nothing.
  '9947': 'unresolved',
  // A strange id as well; something unreadable first.
  '9948': 'succeeded',
  '9949': 'succeeded',
  // The connection was cut; it was credited, and its id adopted. The next was not, and nobody tells.
  '9917': 'succeeded',
  '9918': 'unresolved',
  // Validated twice; the first answer lost; at once.
  '9950': 'succeeded',
  '9951': 'succeeded',
  '9952': 'succeeded',
};

it('learns what became of every line from what the provider tells, asks, and answers', async () => {
  await using system = await startSystem(inject('services'), {
    workers: 1,
    callbacks: { status: true, validation: true },
    scheduler: SCALED,
    simulator: {
      NOTIFY_AFTER_MS: '200',
      NOTIFY_LATE_MS: '2000',
      SENT_AFTER_MS: '0',
      FINAL_AFTER_MS: '500',
    },
  });
  const rows = Object.keys(FATES).map((ending, index) => ({
    row: index + 1,
    phone: `+25471100${ending}`,
    amount: '10',
    currency: 'KES',
    reference: '',
    fate: 'paid' as const,
  }));
  await submitAndRelease(system, await fileOf('told', rows), 'told');
  await eventually(
    async () => {
      const report = await askCli(['report', 'told'], system.cli);
      expect(report['states']).toEqual({ succeeded: 13, failed: 1, unresolved: 2 });
      return true;
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
  for (const { row, phone } of rows) {
    const line = await askCli(
      ['lines', 'told', '--after', `${row - 1}`, '--limit', '1'],
      system.cli,
    );
    expect([phone, line['state']]).toEqual([phone, FATES[phone.slice(-4)]]);
  }
  const worklist = await askCli(['worklist', '--batch', 'told'], system.cli);
  expect(worklist['unresolved']).toHaveLength(2);
  expect(await creditsOf(system)).toEqual(
    rows
      .filter(({ phone }) => !/99(18|46|47)$/.test(phone))
      .map(({ phone }) => phone)
      .toSorted(),
  );
  const stolen = await steal(system, { phone: '+254711000001', amount: 'KES 10' });
  expect(stolen).toMatchObject({ validation: 'Failed', credited: false });
  const again = await steal(system, { phone: '+254711000777', amount: 'KES 500' });
  expect(again).toMatchObject({ validation: 'Failed', credited: false });
});

async function creditsOf(system: System): Promise<string[]> {
  const book = await Array.fromAsync(readBook(system.simulatorUrl));
  return book
    .filter(({ credited }) => credited)
    .map(({ phone }) => phone)
    .toSorted();
}

/** Somebody who has the account's key asks the provider to pay. */
async function steal(system: System, wish: object): Promise<unknown> {
  const url = `${system.simulatorUrl}/simulator/steal`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(wish) });
  return response.json();
}
