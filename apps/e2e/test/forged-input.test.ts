import { createHash, randomUUID } from 'node:crypto';

import {
  addIntakeMessage,
  fromSumTuples,
  generateKeys,
  openChunkQueue,
  openIntakeQueue,
  parseCredential,
  readPrivateKey,
  readReply,
  signClosing,
  signPage,
  takeReplies,
  type ChunkJob,
  type IntakeMessage,
  type PageMessage,
  type Reply,
  type SumTuple,
} from '@salio/queue';

import { describe, expect, it } from 'vitest';

import { askCli, eventually, runCli, untilState } from '@salio/testkit';
import {
  ENDS_MS,
  HOUR,
  credited,
  expectUnpayable,
  onError,
  owner,
  paysAGoodBatch,
  phone,
  redis,
  replies,
  stateOf,
  system,
  useScene,
} from './bad-scene.ts';

useScene();

const WRONG = [
  'null',
  '7',
  '"+254711000001"',
  '[]',
  '[[]]',
  '{}',
  '{"kind":"+254711000001"}',
  '1e308',
  'true',
];
const WRONG_MESSAGES = [
  '{"v":1,"kind":"page"}',
  '{"kind":"page","rows":"+254711000001"}',
  '{"kind":{"a":1}}',
  '{"__proto__":{"kind":"page"}}',
];
const WRONG_CHUNKS = [
  '{"batchNo":9007199254740991,"chunk":0,"generation":0}',
  '{"batchNo":2147483648,"chunk":2147483647,"generation":2147483647}',
  '{"batchNo":1}',
  '{"batchNo":"1","chunk":0,"generation":0}',
  '{"batchNo":-1,"chunk":0,"generation":0}',
  '{"batchNo":1.5,"chunk":0,"generation":0}',
  '{"batchNo":1e308,"chunk":1e308,"generation":1e308}',
  '{"batchNo":1,"chunk":4294967296,"generation":0}',
  '{"batchNo":1,"chunk":0,"generation":0,"+254711000001":1}',
];
/** They read well, and there is no such chunk. */
const UNKNOWN_CHUNKS = ['{"batchNo":2147483647,"chunk":2147483647,"generation":2147483647}'];

describe('garbage in the queues', () => {
  it('of messages fails job by job, and the worker takes the next good batch', async () => {
    const queue = openIntakeQueue(redis, system.prefix, onError);
    const jobs = [...WRONG, ...WRONG_MESSAGES];
    for (const text of jobs) await queue.add('page', JSON.parse(text), { attempts: 3 });
    await eventually(async () => (await queue.getFailedCount()) === jobs.length, {
      timeoutMs: ENDS_MS,
    });
    await paysAGoodBatch('after-messages', '30');
    expect(await stateOf('after-messages')).toBe('completed');
    await queue.close();
  });

  it('of chunks fails or is dropped, and the worker sends the next good batch', async () => {
    const queue = openChunkQueue(redis, system.prefix, onError);
    const jobs = [...WRONG, ...WRONG_CHUNKS, ...UNKNOWN_CHUNKS];
    for (const text of jobs) {
      const data: ChunkJob = JSON.parse(text);
      await queue.add('chunk', data);
    }
    await eventually(
      async () => {
        const { waiting, active, prioritized, failed } = await queue.getJobCounts();
        expect({ waiting, active, prioritized }).toEqual({ waiting: 0, active: 0, prioritized: 0 });
        expect(failed).toBe(WRONG.length + WRONG_CHUNKS.length);
        return true;
      },
      { timeoutMs: ENDS_MS },
    );
    await paysAGoodBatch('after-chunks', '31');
    await queue.close();
  });
});

describe('pages that somebody else made', () => {
  const ours = () => parseCredential(String(system.cli['SOURCE_CREDENTIAL']));
  const page = (name: string, as = ours(), expiresAt = Date.now() + HOUR): PageMessage => {
    const row = { phone: phone('40', 1), amount: '100', currency: 'KES', reference: '', note: '' };
    return signPage(
      as,
      { clientReference: name, expiresAt },
      { submission: randomUUID(), page: 0, rows: [row] },
    );
  };
  /** Closes, with our own key, a submission of that one page. */
  const closing = (name: string, { submission, hash }: PageMessage) => {
    const content = `salio content 1\nhold\nfalse\n1\n${hash}\n`;
    const contentHash = createHash('sha256').update(content).digest('hex');
    const declaration = {
      pages: 1,
      rows: 1,
      contentHash,
      // safe because KES is a currency code
      controlSums: fromSumTuples([['KES' as SumTuple[0], '1000000']]),
    };
    const terms = { onRejections: 'hold', allowDuplicates: false } as const;
    const subject = { clientReference: name, expiresAt: Date.now() + HOUR };
    return signClosing(ours(), subject, { submission, declaration, terms });
  };
  /** Sends a message, and returns what the ledger replies. */
  async function deliver(
    message: IntakeMessage & { submission: string },
    tryNo = 1,
  ): Promise<Reply[]> {
    const queue = openIntakeQueue(redis, system.prefix, onError);
    await addIntakeMessage(queue, message, tryNo);
    await queue.close();
    const { ledgerPublicKey } = ours();
    return await eventually(
      async () => {
        const found = await takeReplies(replies, system.prefix, [message.submission], 1_000);
        const read = found.map(({ text, address }) =>
          readReply(text, ledgerPublicKey, { address, now: Date.now() }),
        );
        return read.length > 0 && read.flatMap((one) => (one.ok ? [one.reply] : []));
      },
      { timeoutMs: ENDS_MS },
    );
  }
  const strangerKey = () => readPrivateKey(generateKeys().privateKey);
  const richer = (made: PageMessage): PageMessage => ({
    ...made,
    rows: made.rows.map(([to, , ...rest]) => [to, '9999', ...rest]),
  });

  it.each<[string, string, (name: string) => PageMessage]>([
    [
      'signed by another key',
      'signature',
      (name) => page(name, { ...ours(), privateKey: strangerKey() }),
    ],
    ['with another amount', 'hash', (name) => richer(page(name))],
    ['with another hash', 'signature', (name) => ({ ...page(name), hash: '0'.repeat(64) })],
    ['with another number', 'signature', (name) => ({ ...page(name), page: 1 })],
    [
      'with a longer life',
      'signature',
      (name) => ({ ...page(name), expiresAt: Date.now() + 2 * HOUR }),
    ],
    ['that has expired', 'expired', (name) => page(name, ours(), Date.now() - 1)],
    [
      'that would live for days',
      'expiry_too_far',
      (name) => page(name, ours(), Date.now() + 48 * HOUR),
    ],
    [
      'for another ledger',
      'other_ledger',
      (name) => page(name, { ...ours(), ledgerId: randomUUID() }),
    ],
    [
      'of an unknown source',
      'source_unknown',
      (name) => page(name, { ...ours(), source: 'stranger' }),
    ],
    [
      'under another reference',
      'batch_id',
      (name) => ({ ...page('elsewhere'), clientReference: name }),
    ],
  ])(
    '(%s) are refused: the batch never becomes checked and has no lines',
    async (what, reason, make) => {
      const name = `forged ${what}`;
      const forged = make(name);
      expect(await deliver(forged)).toEqual([expect.objectContaining({ kind: 'refusal', reason })]);
      expect(await deliver(closing(name, forged))).toContainEqual(
        expect.objectContaining({ kind: 'verdict', verdict: 'incomplete', lines: 0 }),
      );
      const { rows } = await owner.query(
        `SELECT b.state, (SELECT count(*)::int FROM pages WHERE submission_no = s.no) AS pages,
         (SELECT count(*)::int FROM lines WHERE batch_no = s.no) AS lines
       FROM submissions s JOIN batches b ON b.id = s.batch_id WHERE s.id = $1`,
        [forged.submission],
      );
      expect(rows).toEqual([{ state: 'receiving', pages: 0, lines: 0 }]);
      await expectUnpayable(name);
    },
  );

  it('under a key that was replaced are taken for a while, and under one that was revoked not any more', async () => {
    const name = 'rotated';
    const ask = async (...args: string[]) => {
      const { credential } = await askCli(['source', ...args], system.cli);
      return typeof credential === 'string' ? parseCredential(credential) : undefined;
    };
    const told = async (credential: ReturnType<typeof ours> | undefined) => {
      if (!credential) throw new Error('no credential was given');
      const [reply] = await deliver(page(randomUUID(), credential));
      return reply?.kind === 'refusal' ? reply.reason : reply?.kind;
    };
    const first = await ask('add', name);
    expect(await told(first)).toBe('ack');
    const second = await ask('rotate', name, '--overlap-hours', '1');
    expect([await told(first), await told(second)]).toEqual(['ack', 'ack']);
    await ask('revoke', name, '--reason', 'laptop lost');
    expect([await told(first), await told(second)]).toEqual(['source_unknown', 'source_unknown']);
    const third = await ask('rotate', name, '--overlap-hours', '1');
    expect([await told(first), await told(second), await told(third)]).toEqual([
      'signature',
      'signature',
      'ack',
    ]);
    const wrong = await runCli(['source', 'rotate', name, '--overlap-hours', 'many'], system.cli);
    expect(wrong.code).toBe(2);
  });

  it('or played again change nothing, before the batch is checked and after it is paid', async () => {
    const made = page('replayed');
    const close = closing('replayed', made);
    for (const tryNo of [1, 2, 3]) {
      expect(await deliver(made, tryNo)).toEqual([
        expect.objectContaining({ kind: 'ack', hash: made.hash }),
      ]);
    }
    expect(await deliver(close)).toContainEqual(
      expect.objectContaining({ verdict: 'accepted', lines: 1 }),
    );
    await askCli(['release', 'replayed'], system.cli);
    await untilState(system, 'replayed', ['completed'], ENDS_MS);
    const before = await askCli(['batch', 'replayed'], system.cli);
    await deliver(made, 4);
    await deliver(close, 4);
    expect(await askCli(['batch', 'replayed'], system.cli)).toEqual(before);
    expect(await credited('40')).toEqual([`${phone('40', 1)} KES 1000000`]);
  });

  it('have left the one worker alive, which takes and pays a good batch', async () => {
    expect(system.workers).toHaveLength(1);
    await paysAGoodBatch('last', '50');
  });
});
