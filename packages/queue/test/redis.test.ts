import { randomUUID } from 'node:crypto';
import { batchId } from '@salio/domain';
import { eventually, testPrefix } from '@salio/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  addChunkJobs,
  addIntakeMessage,
  assertRedisFit,
  CHUNK_ADDS_MAX,
  connectRedis,
  disconnectRedis,
  generateKeys,
  openChunkQueue,
  openIntakeQueue,
  parseChunkJob,
  parseCredential,
  parseIntakeMessage,
  pushReplies,
  readPrivateKey,
  readPublicKey,
  readReply,
  REPLIES_MAX,
  REPLY_TTL_S,
  replyKey,
  signAsk,
  takeReplies,
  type RedisConnection,
  type Reply,
} from '../src/index.ts';

const { redis } = inject('services');
const { prefix, [Symbol.asyncDispose]: clean } = testPrefix({ redis }, 'queue');
const ledger = generateKeys();
const signer = { ledgerPrivateKey: readPrivateKey(ledger.privateKey), now: Date.now() };
let worker: RedisConnection;
let blocking: RedisConnection;
const onError = (error: Error) => {
  throw error;
};

beforeAll(() => {
  worker = connectRedis(redis.url, 'worker', onError);
  blocking = connectRedis(redis.url, 'blocking', onError);
});
afterAll(async () => {
  disconnectRedis(worker);
  disconnectRedis(blocking);
  await clean();
});

const ack = (page: number): Reply => ({
  kind: 'ack',
  batchId: batchId(randomUUID()),
  submission: randomUUID(),
  page,
  hash: 'ab'.repeat(32),
});

describe('replies in Redis', () => {
  it('are taken in order, once, from whichever address has some', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    const sent = [ack(0), ack(1), ack(2)];
    await pushReplies(worker, { prefix, address: two }, sent, signer);
    const found = await takeReplies(blocking, prefix, [one, two], 1_000);
    const key = readPublicKey(ledger.publicKey);
    const read = found.map(({ text, address }) =>
      readReply(text, key, { address, now: Date.now() }),
    );
    expect(read).toEqual(sent.map((reply) => ({ ok: true, reply, at: signer.now })));
    expect(await takeReplies(blocking, prefix, [one, two], 10)).toEqual([]);
  });

  it('are bounded in number and in time: nobody may ever read them', async () => {
    const address = randomUUID();
    for (let page = 0; page < REPLIES_MAX + 5; page += 5) {
      const pages = Array.from({ length: 5 }, (_, at) => ack(page + at));
      await pushReplies(worker, { prefix, address }, pages, signer);
    }
    const key = replyKey(prefix, address);
    expect(await worker.llen(key)).toBe(REPLIES_MAX);
    const ttl = await worker.ttl(key);
    expect(ttl).toBeGreaterThan(REPLY_TTL_S - 60);
    expect(ttl).toBeLessThanOrEqual(REPLY_TTL_S);
  });

  it('that come while somebody waits end the wait', async () => {
    const address = randomUUID();
    const waiting = takeReplies(blocking, prefix, [address], 1_000);
    await pushReplies(worker, { prefix, address }, [ack(0)], signer);
    expect(await waiting).toHaveLength(1);
  });

  it('are no longer waited for once the connection is cut', async () => {
    const doomed = connectRedis(redis.url, 'blocking', onError);
    await eventually(() => doomed.status === 'ready');
    const waiting = takeReplies(doomed, prefix, [randomUUID()], 1_000);
    disconnectRedis(doomed);
    await expect(waiting).rejects.toThrow(/closed/i);
  });
});

describe('the queues', () => {
  it('carry a message under a new id for every try, and swallow the same try', async () => {
    const intake = openIntakeQueue(worker, prefix, onError);
    const { privateKey } = generateKeys();
    const { publicKey: ledgerPublicKey } = ledger;
    const texts = { ledgerId: 'l', source: 's', privateKey, ledgerPublicKey };
    const credential = parseCredential(JSON.stringify(texts));
    const subject = { clientReference: 'b', expiresAt: Date.now() + 1_000 };
    const question = { question: 'verdict', after: 0, limit: 1 } as const;
    const message = signAsk(credential, subject, { ask: randomUUID(), ...question });
    for (const tryNo of [1, 2, 2]) await addIntakeMessage(intake, message, tryNo);
    const jobs = await intake.getJobs(['waiting']);
    expect(jobs.map(({ data }) => parseIntakeMessage(data))).toEqual([message, message]);
    await intake.close();
    expect(worker.status).toBe('ready');
  });

  it('carry chunks, of each generation one, in the order of their priority', async () => {
    const chunks = openChunkQueue(worker, prefix, onError);
    const job = { batchNo: 1, chunk: 2, generation: 1, priority: 7 };
    await addChunkJobs(chunks, [job, job, { ...job, generation: 2, priority: 3 }]);
    await addChunkJobs(chunks, []);
    const jobs = await chunks.getJobs(['prioritized'], 0, -1, true);
    expect(jobs.map(({ data }) => parseChunkJob(data).generation)).toEqual([2, 1]);
    const tooMany = Array.from({ length: CHUNK_ADDS_MAX + 1 }, () => job);
    await expect(addChunkJobs(chunks, tooMany)).rejects.toBeInstanceOf(RangeError);
    await chunks.close();
  });

  it('find the Redis of the tests fit', async () => {
    await expect(assertRedisFit(worker)).resolves.toBeUndefined();
  });
});
