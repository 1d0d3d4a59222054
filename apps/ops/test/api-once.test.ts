import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, releaseOf, type Caller } from './support/api-world.ts';

const world = await openApiWorld();
afterAll(() => world[Symbol.asyncDispose]());

let operator: Caller;
beforeAll(async () => {
  operator = await world.newcomer('operator');
});

const keyed = (key: string) => ({ 'idempotency-key': key });

async function releasedBatch(): Promise<string> {
  const { batchId } = await world.newBatch();
  await operator.post(`batches/${batchId}/release`, await releaseOf(operator, batchId));
  return batchId;
}

describe('a request with an Idempotency-Key', () => {
  it('is done once and answered alike, however often it comes', async () => {
    const batchId = await releasedBatch();
    const ask = () => operator.post(`batches/${batchId}/pause`, { reason: 'x' }, keyed('alike'));
    const first = await ask();
    const again = await ask();
    expect(first.status).toBe(200);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const verbs = (await world.actions(batchId)).map(({ verb }) => verb);
    expect(verbs.filter((verb) => verb === 'batch.pause')).toHaveLength(1);
  });

  it('is done once where many come at the same time', async () => {
    const batchId = await releasedBatch();
    const path = `batches/${batchId}/cancel`;
    const ends = await Promise.all(
      Array.from({ length: 5 }, () => operator.post(path, { reason: 'x' }, keyed('at-once'))),
    );
    for (const { status, body } of ends) {
      if (status === 409) expect(body['code']).toBe('idempotency_in_progress');
      else expect(status).toBe(200);
    }
    expect(ends.some(({ status }) => status === 200)).toBe(true);
    expect((await operator.post(path, { reason: 'x' }, keyed('at-once'))).status).toBe(200);
  });

  it('keeps a refusal as it was', async () => {
    const batchId = await releasedBatch();
    const ask = () => operator.post(`batches/${batchId}/resume`, { reason: 'x' }, keyed('refused'));
    expect(await ask()).toMatchObject({ status: 409, body: { code: 'conflict' } });
    await operator.post(`batches/${batchId}/pause`, { reason: 'x' });
    const again = await ask();
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('does not count where it was refused before it began', async () => {
    const batchId = await releasedBatch();
    const path = `batches/${batchId}/pause`;
    expect((await operator.post(path, {}, keyed('mended'))).status).toBe(400);
    expect((await operator.post(path, { reason: 'x' }, keyed('mended'))).status).toBe(200);
  });

  it('is refused with the key of another request, by body, path or version', async () => {
    const batchId = await releasedBatch();
    const other = await releasedBatch();
    const path = `batches/${batchId}/pause`;
    await operator.post(path, { reason: 'x' }, keyed('taken'));
    for (const wrong of [
      await operator.post(path, { reason: 'y' }, keyed('taken')),
      await operator.post(`batches/${other}/pause`, { reason: 'x' }, keyed('taken')),
      await operator.post(path, { reason: 'x' }, { ...keyed('taken'), 'if-match': '"2"' }),
    ]) {
      expect(wrong).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    }
  });

  it('is another request where somebody else sends it', async () => {
    const batchId = await releasedBatch();
    const colleague = await world.newcomer('operator');
    const path = `batches/${batchId}/pause`;
    await operator.post(path, { reason: 'x' }, keyed('mine'));
    const theirs = await colleague.post(path, { reason: 'x' }, keyed('mine'));
    expect(theirs).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it('goes on where who worked on it died', async () => {
    const batchId = await releasedBatch();
    const path = `batches/${batchId}/pause`;
    const ask = () => operator.post(path, { reason: 'x' }, keyed('died'));
    await ask();
    const died = (heldFor: string) =>
      world.owner.pool.query(
        `UPDATE idempotency_keys SET status = NULL, answer = NULL, held_until = clock_timestamp() + $1::interval WHERE key = 'died'`,
        [heldFor],
      );
    await died('1 minute');
    expect(await ask()).toMatchObject({ status: 409, body: { code: 'idempotency_in_progress' } });
    await died('-1 second');
    // It was done before its worker died: the verb meets what it did.
    expect(await ask()).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it('is new after a day', async () => {
    const batchId = await releasedBatch();
    const path = `batches/${batchId}/pause`;
    await operator.post(path, { reason: 'x' }, keyed('old'));
    await world.owner.pool.query(
      `UPDATE idempotency_keys SET created_at = created_at - interval '25 hours' WHERE key = 'old'`,
    );
    await operator.post(`batches/${batchId}/resume`, { reason: 'x' });
    const anew = await operator.post(path, { reason: 'x' }, keyed('old'));
    expect(anew.status).toBe(200);
    expect(anew.headers.get('idempotent-replayed')).toBeNull();
  });

  it.each(['', ' ', 'a b', 'é', 'x'.repeat(256)])('is refused with the key %j', async (key) => {
    const batchId = await releasedBatch();
    const path = `batches/${batchId}/pause`;
    const sent = fetch(`${world.url}/v1/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${operator.key}`,
        'content-type': 'application/json',
        'idempotency-key': Buffer.from(key, 'utf8').toString('latin1'),
      },
      body: '{"reason":"x"}',
    });
    expect((await sent).status).toBe(400);
  });

  it('of a secret keeps nothing: it is not taken', async () => {
    const key = await operator.post(`people/${operator.name}/keys`, {}, keyed('secret'));
    expect(key.status).toBe(201);
    const { rows } = await world.owner.pool.query(
      `SELECT 1 FROM idempotency_keys WHERE key = 'secret' OR convert_from(answer, 'UTF8') LIKE '%salio\\_%'`,
    );
    expect(rows).toEqual([]);
  });
});
