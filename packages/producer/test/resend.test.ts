import { describe, expect, it } from 'vitest';
import { PAGE_ROWS } from '@salio/domain';
import { generateKeys, type PageMessage, type RefusalReason } from '@salio/queue';
import { eventually } from '@salio/testkit';
import { LedgerSilent } from '../src/index.ts';
import { ackOf, type Counterpart, type Script } from './counterpart.ts';
import { givenRows, HASTY, openScene } from './scene.ts';

describe('a page without acknowledgement', () => {
  it('is sent again under a new job id, signed anew, until it is acknowledged', async () => {
    await using scene = openScene(HASTY);
    const { ledger, producer } = scene;
    loseAnswers(ledger, 2);
    const submission = await producer.submitBatch({ clientReference: 'lost', rows: givenRows(3) });
    const tries = ledger.deliveries.filter(({ message }) => message.kind === 'page');
    expect(tries.length).toBeGreaterThanOrEqual(3);
    expect(new Set(tries.map(({ jobId }) => jobId)).size).toBe(tries.length);
    const expiries = tries.map(({ message }) => message.expiresAt);
    expect(expiries).toEqual(expiries.toSorted((a, b) => a - b));
    expect(new Set(tries.map(({ message }) => message.signature)).size).toBeGreaterThan(1);
    expect((await producer.waitForVerdict(submission)).rows).toBe(3);
  });

  it('is not sent again before its time', async () => {
    await using scene = openScene();
    const { ledger, producer } = scene;
    await producer.submitBatch({ clientReference: 'calm', rows: givenRows(2 * PAGE_ROWS) });
    expect(ledger.deliveries.map(({ message }) => message.kind)).toEqual([
      'page',
      'page',
      'closing',
    ]);
  });

  it('stays so, whoever else acknowledges it', async () => {
    await using scene = openScene(HASTY);
    const { ledger, producer } = scene;
    const stranger = generateKeys().privateKey;
    const other = await deliveredPage(scene, 'other');
    let pages = 0;
    ledger.script = async (delivery) => {
      const { message } = delivery;
      if (message.kind !== 'page') return ledger.answer(delivery);
      pages += 1;
      if (pages > 2) return ledger.answer(delivery);
      const { submission } = message;
      const ack = ackOf(message);
      await ledger.reply(submission, [ack], stranger);
      await ledger.reply(submission, [ackOf({ ...message, page: 1 })]);
      await ledger.reply(submission, [ackOf({ ...message, hash: 'ab'.repeat(32) })]);
      await ledger.reply(submission, [ackOf({ ...message, submission: other.submission })]);
      await ledger.reply(submission, [ackOf({ ...message, batchId: other.batchId })]);
      await ledger.reply(other.submission, [ack]);
    };
    await producer.submitBatch({ clientReference: 'forged', rows: givenRows(1) });
    expect(pages).toBeGreaterThanOrEqual(3);
  });

  it.each(['expired', 'expiry_too_far'] as const)(
    'refused as %s is signed anew',
    async (reason) => {
      await using scene = openScene();
      const { ledger, producer } = scene;
      refuseOnce(ledger, reason);
      const submission = await producer.submitBatch({
        clientReference: reason,
        rows: givenRows(1),
      });
      expect((await producer.waitForVerdict(submission)).verdict).toBe('accepted');
    },
  );

  it.each(['signature', 'source_unknown', 'page_differs'] as const)(
    'refused for its %s ends the submission',
    async (reason) => {
      await using scene = openScene();
      refuseOnce(scene.ledger, reason);
      const submitted = scene.producer.submitBatch({ clientReference: 'no', rows: givenRows(1) });
      await expect(submitted).rejects.toMatchObject({ code: 'ledger_refused', reason });
    },
  );

  it('acknowledged is acknowledged, whatever becomes of an earlier try of it', async () => {
    await using scene = openScene();
    const { ledger, producer } = scene;
    ledger.script = async (delivery) => {
      const { message } = delivery;
      await ledger.answer(delivery);
      if (message.kind !== 'page') return;
      await ledger.reply(message.submission, [refusalOf(message, 'message_invalid')]);
    };
    const submission = await producer.submitBatch({ clientReference: 'x', rows: givenRows(1_001) });
    expect(submission.pages).toBe(2);
  });

  it('does not end the submission by a refusal that a stranger signed', async () => {
    await using scene = openScene();
    const { ledger, producer } = scene;
    const stranger = generateKeys().privateKey;
    ledger.script = async (delivery) => {
      const { message } = delivery;
      if (message.kind === 'page') {
        await ledger.reply(message.submission, [refusalOf(message, 'signature')], stranger);
      }
      await ledger.answer(delivery);
    };
    const submission = await producer.submitBatch({ clientReference: 'x', rows: givenRows(1) });
    expect(submission.rows).toBe(1);
  });
});

describe('a silent ledger', () => {
  it('is reported when patience is over, and not before', async () => {
    await using scene = openScene({ ...HASTY, patienceMs: 1_500 });
    scene.ledger.script = () => Promise.resolve();
    const started = performance.now();
    const submitted = scene.producer.submitBatch({ clientReference: 'silent', rows: givenRows(1) });
    await expect(submitted).rejects.toBeInstanceOf(LedgerSilent);
    expect(performance.now() - started).toBeGreaterThan(1_490);
    expect(scene.ledger.deliveries.length).toBeGreaterThan(1);
  });

  it('whose clock is wrong is told from one that is away', async () => {
    await using scene = openScene({ ...HASTY, patienceMs: 1_500 });
    const { ledger } = scene;
    ledger.script = async ({ message }) => {
      if (message.kind === 'page') {
        await ledger.reply(message.submission, [refusalOf(message, 'expired')]);
      }
    };
    const submitted = scene.producer.submitBatch({ clientReference: 'clock', rows: givenRows(1) });
    await expect(submitted).rejects.toThrow(/expired.*clocks/);
  });

  it('does not keep a closing producer', async () => {
    await using scene = openScene();
    scene.ledger.script = () => Promise.resolve();
    const [submitted] = await Promise.allSettled([
      scene.producer.submitBatch({ clientReference: 'close', rows: givenRows(1) }),
      eventually(() => scene.ledger.deliveries.length > 0).then(() => scene.producer.close()),
    ]);
    expect(submitted).toMatchObject({ status: 'rejected', reason: { code: 'producer_closed' } });
    const late = scene.producer.submitBatch({ clientReference: 'late', rows: givenRows(1) });
    await expect(late).rejects.toMatchObject({ code: 'producer_closed' });
  });
});

function refusalOf({ batchId, submission, page }: PageMessage, reason: RefusalReason) {
  return { kind: 'refusal', batchId, submission, page, reason, detail: 'so it is' } as const;
}

function refuseOnce(ledger: Counterpart, reason: RefusalReason): void {
  ledger.script = async (delivery) => {
    ledger.script = ledger.answer;
    const { message } = delivery;
    if (message.kind !== 'page') throw new Error('a page comes first');
    await ledger.reply(message.submission, [refusalOf(message, reason)]);
  };
}

function loseAnswers(ledger: Counterpart, count: number): void {
  let lost = 0;
  const script: Script = async (delivery) => {
    lost += 1;
    if (lost > count) await ledger.answer(delivery);
  };
  ledger.script = script;
}

/** A page of another batch of the same source. */
async function deliveredPage(
  { ledger, producer }: { ledger: Counterpart; producer: ReturnType<typeof openScene>['producer'] },
  clientReference: string,
): Promise<PageMessage> {
  await producer.submitBatch({ clientReference, rows: givenRows(1) });
  const page = ledger.deliveries.map(({ message }) => message).find(({ kind }) => kind === 'page');
  if (page?.kind !== 'page') throw new Error('no page was delivered');
  return page;
}
