import { expect, inject, it } from 'vitest';
import { askCli, countStates, startSystem, submitAndRelease, untilState } from '@salio/testkit';
import { expectAgreement, fileOf, useFolder } from './scratch.ts';

useFolder();

it.each(['1', '50'])('pays 20,000 rows once with %s recipients per request', async (recipients) => {
  const rows = 20_000;
  const name = `large-${recipients}`;
  await using system = await startSystem(inject('services'), {
    worker: { RECIPIENTS_PER_REQUEST: recipients },
  });
  await submitAndRelease(system, await fileOf(name, rows), name);
  await untilState(system, name, ['completed'], 600_000);
  const found = await expectAgreement(system, name, rows);
  expect(found.unresolved).toBe(0);
});

it('pays ten lines that come behind 200,000 before five percent of those are sent', async () => {
  await using system = await startSystem(inject('services'), { simulator: { LATENCY_MS: '20' } });
  await submitAndRelease(system, await fileOf('large', 200_000), 'large');
  await askCli(['submit', await fileOf('small', 10), '--reference', 'small'], system.cli);
  await expect
    .poll(async () => (await countStates(system, 'large'))['sent'] ?? 0, {
      timeout: 30_000,
      interval: 50,
    })
    .toBeGreaterThan(0);
  const before = (await countStates(system, 'large'))['sent'] ?? 0;
  // The same phones as the large one.
  await askCli(['release', 'small'], { ...system.cli, REPEAT_WITHIN_SECONDS: '0' });
  await untilState(system, 'small', ['completed'], 60_000);
  const after = (await countStates(system, 'large'))['sent'] ?? 0;
  expect(after - before).toBeLessThan(200_000 * 0.05);
});
