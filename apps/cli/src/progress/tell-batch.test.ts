import { expect, it } from 'vitest';
import { countsOf } from '../state-counts.ts';
import { createTeller } from './tell-batch.ts';

const SECOND_MS = 1_000;

it('tells share, pace and what is left of a released batch, look after look', () => {
  const teller = createTeller();
  const look = (sent: number) => ({
    state: 'released',
    counts: countsOf({ sent, queued: 1_000 - sent }),
  });
  expect(teller.tell(look(0), 0)).toMatchObject({ done: 0, total: 1_000, rate: undefined });
  for (let second = 1; second <= 10; second += 1)
    teller.tell(look(second * 50), second * SECOND_MS);
  const told = teller.tell(look(550), 11 * SECOND_MS);
  expect(told).toMatchObject({ done: 550, share: 0.55 });
  expect(told.text).toMatch(/^released, 550 of 1,000 \(55 %\), 50 a second, 9 s left, /);
});

it('promises nothing of a batch that waits, and says why it does', () => {
  const teller = createTeller();
  const counts = countsOf({ queued: 10 });
  teller.tell({ state: 'released', counts }, 0);
  const paused = { state: 'paused', stateReason: 'low wallet', counts };
  expect(teller.tell(paused, SECOND_MS)).toMatchObject({
    text: 'paused, low wallet, 0 of 10 (0 %), queued 10',
    rate: undefined,
    left: undefined,
  });
});

it('has no share of a batch without lines', () => {
  expect(createTeller().tell({ state: 'checked', counts: new Map() }, 0).share).toBeUndefined();
});
