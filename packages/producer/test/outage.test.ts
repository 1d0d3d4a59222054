import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_ROWS } from '@salio/domain';
import { eventually, startLocalServices, type LocalServices } from '@salio/testkit';
import { LedgerSilent } from '../src/index.ts';
import { givenRows, HASTY, openScene } from './scene.ts';

/** Of our own: it is killed. It comes back empty. */
let services: LocalServices;
beforeAll(async () => {
  services = await startLocalServices({ given: 'ignore' });
}, 120_000);
afterAll(async () => services[Symbol.asyncDispose]());

const PAGES = 12;

describe('a submission', () => {
  it('survives that Redis is emptied, again and again', async () => {
    await using scene = openScene(HASTY, services.redis.url);
    const { ledger, producer } = scene;
    let flushes = 0;
    ledger.script = async (delivery) => {
      await ledger.answer(delivery);
      if (ledger.deliveries.length % 3 !== 0 || flushes > 6) return;
      flushes += 1;
      await ledger.flush();
    };
    const rows = givenRows(PAGES * PAGE_ROWS);
    const submission = await producer.submitBatch({ clientReference: 'flushed', rows });
    expect(flushes).toBeGreaterThan(2);
    expect(await producer.waitForVerdict(submission)).toMatchObject({
      verdict: 'accepted',
      rows: PAGES * PAGE_ROWS,
    });
  });

  it('survives that Redis is killed and comes back with nothing', async () => {
    await using scene = openScene(HASTY, services.redis.url);
    const { ledger, producer } = scene;
    const submitted = producer.submitBatch({
      clientReference: 'killed',
      rows: givenRows(PAGES * PAGE_ROWS),
    });
    await eventually(() => ledger.deliveries.length >= 4);
    await services.redis.kill();
    await services.redis.start();
    const submission = await submitted;
    await services.redis.kill();
    const waiting = producer.waitForVerdict({ ...submission, verdict: undefined });
    await services.redis.start();
    expect(await waiting).toMatchObject({ verdict: 'accepted', rows: PAGES * PAGE_ROWS });
  });

  it('begins before Redis does', async () => {
    await services.redis.kill();
    await using scene = openScene(HASTY, services.redis.url);
    const submitted = scene.producer.submitBatch({ clientReference: 'early', rows: givenRows(5) });
    await services.redis.start();
    expect((await submitted).rows).toBe(5);
  });

  it('ends when Redis stays full, says so, hands nothing over by halves, and can be repeated', async () => {
    await using scene = openScene({ patienceMs: 1_500 }, services.redis.url);
    const { ledger, producer } = scene;
    await eventually(() => ledger.setMemory('1').then(() => true));
    const rows = () => givenRows(3 * PAGE_ROWS);
    const submit = () => producer.submitBatch({ clientReference: 'full', rows: rows() });
    const failed = await submit().catch((error: unknown) => error);
    await ledger.setMemory('0');
    expect(failed).toBeInstanceOf(LedgerSilent);
    expect(failed).toHaveProperty('message', expect.stringContaining('Redis is full'));
    expect(ledger.deliveries).toEqual([]);
    const submission = await submit();
    expect(await producer.waitForVerdict(submission)).toMatchObject({
      verdict: 'accepted',
      rows: 3 * PAGE_ROWS,
    });
  });

  it('ends when Redis stays away for longer than its patience, and can be repeated', async () => {
    await using scene = openScene({ patienceMs: 1_500 }, services.redis.url);
    const submit = () =>
      scene.producer.submitBatch({ clientReference: 'away', rows: givenRows(2) });
    await services.redis.kill();
    const failed = await submit().catch((error: unknown) => error);
    await services.redis.start();
    expect(failed).toBeInstanceOf(LedgerSilent);
    expect(failed).toHaveProperty('cause', expect.any(Error));
    expect(failed).toHaveProperty('message', expect.stringMatching(/^Redis can not be reached/));
    const submission = await eventually(() => submit().catch(() => undefined));
    expect((await scene.producer.waitForVerdict(submission)).verdict).toBe('accepted');
  });
});
