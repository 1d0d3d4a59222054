import { describe, expect, it } from 'vitest';
import { batchIdOf } from '@salio/domain';
import type { Outcome, Reply } from '@salio/queue';
import { openScene, type Scene } from './scene.ts';

describe('reading what became of a batch', () => {
  it('gives every outcome once, in order, page after page', async () => {
    await using scene = openScene();
    scene.ledger.script = outcomesOf(scene, 25);
    const read = await Array.fromAsync(scene.producer.outcomes('batch', { limit: 10 }));
    expect(read.map(({ seq }) => seq)).toEqual(Array.from({ length: 25 }, (_, at) => at + 1));
    expect(read[0]).toEqual(outcome(1));
    expect(read[0]).not.toHaveProperty('phone');
    const rest = await Array.fromAsync(scene.producer.outcomes('batch', { limit: 10, after: 20 }));
    expect(rest.map(({ seq }) => seq)).toEqual([21, 22, 23, 24, 25]);
  });

  it('gives one page, with where the next begins', async () => {
    await using scene = openScene();
    scene.ledger.script = outcomesOf(scene, 25);
    const page = await scene.producer.outcomesPage('batch', { limit: 10, after: 10 });
    expect(page).toMatchObject({ next: 20, state: 'completed' });
    expect(page.items).toHaveLength(10);
  });

  it('gives the rejections', async () => {
    await using scene = openScene();
    const { ledger, producer } = scene;
    const rejection = {
      row: 7,
      reason: 'phone_invalid',
      column: 'phone',
      detail: '+25•••1',
    } as const;
    ledger.script = async ({ message }) => {
      if (message.kind !== 'ask') return;
      const { batchId } = message;
      const items = message.after < 7 ? [rejection] : [];
      const next = message.after < 7 ? 7 : undefined;
      await ledger.reply(message.ask, [{ kind: 'rejections', batchId, items, next }]);
    };
    expect(await Array.fromAsync(producer.rejections('batch'))).toEqual([rejection]);
    expect((await producer.rejectionsPage('batch', { after: 7 })).items).toEqual([]);
  });

  it('gives the progress', async () => {
    await using scene = openScene();
    const { ledger, producer } = scene;
    const progress = { state: 'released', states: { queued: 3, sent: 1 } } as const;
    ledger.script = async ({ message }) => {
      if (message.kind !== 'ask') return;
      await ledger.reply(message.ask, [
        { kind: 'progress', batchId: message.batchId, ...progress },
      ]);
    };
    expect(await producer.progress('batch')).toEqual(progress);
  });

  it('asks again when Redis was emptied, and takes no answer to another question', async () => {
    await using scene = openScene();
    const { ledger, producer } = scene;
    const answer = outcomesOf(scene, 3);
    let asked = 0;
    ledger.script = async (delivery) => {
      asked += 1;
      const { message } = delivery;
      if (asked > 2 || message.kind !== 'ask') return answer(delivery);
      const { batchId, ask } = message;
      const nothing = { items: [], next: undefined };
      const others = batchIdOf('ledger-1', 'payroll', 'another');
      await ledger.reply(ask, [
        { kind: 'rejections', batchId, ...nothing },
        { kind: 'outcomes', batchId: others, state: 'completed', ...nothing },
      ]);
      if (asked === 1) return;
      await ledger.flush();
    };
    expect(await Array.fromAsync(producer.outcomes('batch'))).toHaveLength(3);
    expect(asked).toBeGreaterThan(2);
  });

  it('ends where there is no such batch, or the ledger would go in circles', async () => {
    await using scene = openScene();
    const { ledger, producer } = scene;
    const say = (reply: (batchId: Reply['batchId']) => Reply) => {
      ledger.script = async ({ message }) => {
        if (message.kind === 'ask') await ledger.reply(message.ask, [reply(message.batchId)]);
      };
    };
    const nobody = { submission: undefined, page: undefined, detail: '' };
    say((batchId) => ({ kind: 'refusal', batchId, reason: 'batch_unknown', ...nobody }));
    await expect(producer.outcomesPage('none')).rejects.toMatchObject({ code: 'batch_unknown' });
    say((batchId) => ({ kind: 'rejections', batchId, items: [], next: 3 }));
    await expect(producer.rejectionsPage('circle', { after: 3 })).rejects.toMatchObject({
      code: 'ledger_contradiction',
    });
  });

  it.each([{ limit: 0 }, { limit: 1_001 }, { after: -1 }])('refuses %j', async (options) => {
    await using scene = openScene();
    await expect(scene.producer.outcomesPage('batch', options)).rejects.toMatchObject({
      code: 'submission_invalid',
    });
  });
});

function outcome(seq: number): Outcome {
  return {
    seq,
    reference: `r-${seq}`,
    state: 'succeeded',
    amount: 'KES 10.0000',
    discount: 'KES 0.4000',
    requestId: `ATQid_${seq}`,
    reason: undefined,
  };
}

/** Answers as a ledger with so many lines in the batch. */
function outcomesOf({ ledger }: Scene, count: number): Scene['ledger']['script'] {
  return async ({ message }) => {
    if (message.kind !== 'ask' || message.question !== 'outcomes') return;
    const { batchId, after, limit } = message;
    const items = Array.from({ length: Math.min(limit, count - after) }, (_, at) =>
      outcome(after + at + 1),
    );
    const next = items.length < limit ? undefined : items.at(-1)?.seq;
    await ledger.reply(message.ask, [
      { kind: 'outcomes', batchId, state: 'completed', items, next },
    ]);
  };
}
