import { describe, expect, it } from 'vitest';
import { PAGE_ROWS } from '@salio/domain';
import { generateKeys, type VerdictReply } from '@salio/queue';
import { eventually } from '@salio/testkit';
import type { Submission } from '../src/index.ts';
import { verdictOf, type Counterpart } from './counterpart.ts';
import { givenRows, openScene, type Scene } from './scene.ts';

const submit = (scene: Scene, clientReference = 'batch', count = 2) =>
  scene.producer.submitBatch({ clientReference, rows: givenRows(count) });

describe('the verdict', () => {
  it('of the same rows a second time is that it is the same batch', async () => {
    await using scene = openScene();
    await scene.producer.waitForVerdict(await submit(scene));
    const again = await scene.producer.waitForVerdict(await submit(scene));
    expect(again.verdict).toBe('same');
  });

  it('of other rows under the same client reference is a conflict', async () => {
    await using scene = openScene();
    await scene.producer.waitForVerdict(await submit(scene));
    const other = await submit(scene, 'batch', 3);
    await expect(scene.producer.waitForVerdict(other)).rejects.toMatchObject({
      code: 'batch_conflict',
    });
  });

  it('can be asked for by client reference alone', async () => {
    await using scene = openScene();
    const { contentHash } = await submit(scene);
    const verdict = await scene.producer.waitForVerdict('batch');
    expect(verdict).toMatchObject({ verdict: 'accepted', contentHash });
  });

  it('is asked for when it did not come, again and again', async () => {
    await using scene = openScene();
    const { ledger, producer } = scene;
    ledger.script = closingWithoutVerdict(ledger);
    const submission = await submit(scene);
    expect(submission.verdict).toBeUndefined();
    let asked = 0;
    ledger.script = async (delivery) => {
      asked += 1;
      if (asked > 2) await ledger.answer(delivery);
    };
    expect((await producer.waitForVerdict(submission)).verdict).toBe('accepted');
    const asks = ledger.deliveries.filter(({ message }) => message.kind === 'ask');
    expect(new Set(asks.map(({ jobId }) => jobId)).size).toBeGreaterThanOrEqual(3);
  });

  it('is taken where it comes by itself', async () => {
    await using scene = openScene({ verdictGraceMs: 60_000 });
    const { ledger, producer } = scene;
    ledger.script = closingWithoutVerdict(ledger);
    const submission = await submit(scene);
    const waiting = producer.waitForVerdict(submission);
    await ledger.reply(submission.submission, [acceptanceOf(submission)]);
    expect((await waiting).verdict).toBe('accepted');
    expect(ledger.deliveries.map(({ message }) => message.kind)).not.toContain('ask');
  });

  it('counts only as the ledger says it, of this batch and this submission', async () => {
    await using scene = openScene();
    const { ledger, producer } = scene;
    const other = await submit(scene, 'other');
    ledger.script = closingWithoutVerdict(ledger);
    const submission = await submit(scene);
    const wanted = acceptanceOf(submission);
    const { submission: address } = submission;
    await ledger.reply(address, [wanted], generateKeys().privateKey);
    await ledger.reply(address, [{ ...wanted, batchId: other.batchId }]);
    await ledger.reply(address, [{ ...wanted, submission: other.submission }]);
    await ledger.reply(address, [{ ...wanted, submission: undefined, verdict: 'conflict' }]);
    ledger.script = async ({ message }) => {
      if (message.kind === 'ask') {
        const verdict = verdictOf(message, {
          submission: address,
          verdict: 'refused',
          rejected: 9,
        });
        await ledger.reply(message.ask, [verdict]);
      }
    };
    await expect(producer.waitForVerdict(submission)).rejects.toMatchObject({
      code: 'batch_refused',
      rejected: 9,
    });
  });

  it('of content that was not submitted is an alarm, not an acceptance', async () => {
    await using scene = openScene();
    const { ledger, producer } = scene;
    ledger.script = closingWithoutVerdict(ledger);
    const submission = await submit(scene);
    const verdict = { ...acceptanceOf(submission), contentHash: 'ab'.repeat(32) };
    await ledger.reply(submission.submission, [verdict]);
    await expect(producer.waitForVerdict(submission)).rejects.toMatchObject({
      code: 'ledger_contradiction',
    });
  });
});

describe('no verdict', () => {
  it.each([
    ['batch_incomplete', { verdict: 'incomplete', missingPages: [0] }],
    ['batch_incomplete', { verdict: 'incomplete' }],
    ['batch_unknown', { verdict: 'unknown', state: undefined }],
  ] as const)('ends as %s after %j', async (code, said) => {
    await using scene = openScene();
    const { ledger, producer } = scene;
    ledger.script = closingWithoutVerdict(ledger);
    const submission = await submit(scene);
    ledger.script = async ({ message }) => {
      if (message.kind !== 'ask') return;
      const { submission: whose } = submission;
      await ledger.reply(message.ask, [verdictOf(message, { submission: whose, ...said })]);
    };
    const waiting = producer.waitForVerdict(submission, { timeoutMs: 1_500 });
    await expect(waiting).rejects.toMatchObject({ code });
  });

  it('of any kind is silence, and the wait can be given up', async () => {
    await using scene = openScene();
    const { ledger, producer } = scene;
    ledger.script = () => Promise.resolve();
    const waiting = producer.waitForVerdict('nobody', { timeoutMs: 300 });
    await expect(waiting).rejects.toMatchObject({ code: 'ledger_silent' });

    const abort = new AbortController();
    const asked = ledger.deliveries.length;
    const reason = new Error('enough');
    const [given] = await Promise.allSettled([
      producer.waitForVerdict('nobody', { signal: abort.signal }),
      eventually(() => ledger.deliveries.length > asked).then(() => abort.abort(reason)),
    ]);
    expect(given).toMatchObject({ status: 'rejected', reason });
  });

  it('is waited for while the ledger has only a part', async () => {
    await using scene = openScene();
    const { ledger, producer } = scene;
    const partly: VerdictReply['missingPages'] = [1];
    let asked = 0;
    ledger.script = async ({ message }) => {
      if (message.kind !== 'ask') return;
      asked += 1;
      const said = { verdict: 'incomplete', missingPages: partly, state: 'receiving' } as const;
      await ledger.reply(message.ask, [verdictOf(message, asked < 3 ? said : {})]);
    };
    expect((await producer.waitForVerdict('elsewhere')).verdict).toBe('accepted');
  });

  it('is needed where the ledger decides before it has everything', async () => {
    await using scene = openScene();
    const { ledger } = scene;
    ledger.script = async ({ message }) => {
      if (message.kind !== 'page') return;
      const { submission } = message;
      await ledger.reply(submission, [verdictOf(message, { submission, verdict: 'conflict' })]);
    };
    await expect(submit(scene, 'early', 2 * PAGE_ROWS)).rejects.toMatchObject({
      code: 'batch_conflict',
    });
  });
});

function acceptanceOf(submission: Submission): VerdictReply {
  const { contentHash, submission: whose } = submission;
  return verdictOf(submission, { submission: whose, contentHash });
}

/** Acknowledges everything, decides, and keeps the verdict to itself until it is asked. */
function closingWithoutVerdict(ledger: Counterpart): Counterpart['script'] {
  return async (delivery) => {
    const { message } = delivery;
    if (message.kind !== 'closing') return ledger.answer(delivery);
    const { batchId, submission, declaration } = message;
    ledger.decide(message);
    const { contentHash } = declaration;
    await ledger.reply(submission, [{ kind: 'closing_ack', batchId, submission, contentHash }]);
  };
}
