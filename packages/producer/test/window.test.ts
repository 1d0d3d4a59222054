import { describe, expect, it } from 'vitest';
import { PAGE_ROWS } from '@salio/domain';
import { eventually, NeverHappened } from '@salio/testkit';
import type { GivenRow } from '../src/index.ts';
import { ackOf, type Delivery } from './counterpart.ts';
import { givenRows, openScene } from './scene.ts';

describe('the window', () => {
  it('lets no more pages be under way than it has room for, and reads no row beyond', async () => {
    const window = 3;
    await using scene = openScene({ window });
    const { ledger, producer } = scene;
    const kept: Delivery[] = [];
    ledger.script = async (delivery) => {
      if (delivery.message.kind === 'page') kept.push(delivery);
      else await ledger.answer(delivery);
    };
    const pages = 8;
    const meter = metered(givenRows(pages * PAGE_ROWS));
    const submitted = producer.submitBatch({ clientReference: 'window', rows: meter.rows });
    for (let answered = 0; answered < pages; answered += 1) {
      await eventually(() => kept.length === Math.min(pages, answered + window));
      const next = kept[answered];
      meter.forget(PAGE_ROWS);
      if (next) await ledger.answer(next);
    }
    expect((await submitted).pages).toBe(pages);
    expect(meter.most()).toBe(window * PAGE_ROWS);
  });

  it('keeps no more of 100,000 rows than its pages', async () => {
    const window = 4;
    await using scene = openScene({ window });
    const { ledger, producer } = scene;
    const meter = metered(givenRows(100 * PAGE_ROWS));
    const kept: Delivery[] = [];
    // Acknowledges in bursts and out of order.
    ledger.script = async (delivery) => {
      const { message } = delivery;
      if (message.kind !== 'page') return ledger.answer(delivery);
      kept.push(delivery);
      if (kept.length < window && message.page < 97) return;
      for (const held of kept.splice(0).toReversed()) {
        meter.forget(PAGE_ROWS);
        await ledger.answer(held);
      }
    };
    const submission = await producer.submitBatch({ clientReference: 'flat', rows: meter.rows });
    expect(submission).toMatchObject({ rows: 100 * PAGE_ROWS, pages: 100 });
    expect(meter.most()).toBe(window * PAGE_ROWS);
  });

  it('does not take an acknowledgement twice', async () => {
    await using scene = openScene({ window: 2 });
    const { ledger, producer } = scene;
    const kept: Delivery[] = [];
    ledger.script = async (delivery) => {
      const { message } = delivery;
      if (message.kind !== 'page') return ledger.answer(delivery);
      kept.push(delivery);
      if (message.page > 0) return;
      await ledger.answer(delivery);
      await ledger.reply(message.submission, [ackOf(message), ackOf(message), ackOf(message)]);
    };
    const submitted = producer.submitBatch({
      clientReference: 'twice',
      rows: givenRows(4 * PAGE_ROWS),
    });
    await eventually(() => kept.length === 3);
    const fourth = eventually(() => kept.length > 3, { timeoutMs: 300 });
    await expect(fourth).rejects.toBeInstanceOf(NeverHappened);
    ledger.script = ledger.answer;
    for (const delivery of kept.slice(1)) await ledger.answer(delivery);
    expect((await submitted).pages).toBe(4);
  });
});

/** Counts rows that were taken out and not forgotten again: looked at with every row. */
function metered(rows: Iterable<GivenRow>) {
  let held = 0;
  let most = 0;
  function* counting() {
    for (const row of rows) {
      held += 1;
      most = Math.max(most, held);
      yield row;
    }
  }
  const forget = (count: number) => {
    held -= count;
  };
  return { rows: counting(), forget, most: () => most };
}
