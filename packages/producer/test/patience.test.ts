import { randomUUID } from 'node:crypto';
import {
  connectRedis,
  disconnectRedis,
  openIntakeQueue,
  parseCredential,
  signAsk,
} from '@salio/queue';
import { testPrefix } from '@salio/testkit';
import { describe, expect, inject, it } from 'vitest';
import { openConversation, type Conversation } from '../src/conversation.ts';
import { LedgerSilent } from '../src/index.ts';
import { DEFAULT_SETTINGS } from '../src/settings.ts';
import { startCounterpart } from './counterpart.ts';

/** A conversation on a clock that only moves when a test says so. */
async function withClock(
  act: (talk: Conversation, tick: (ms: number) => void, send: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const { redis } = inject('services');
  const { prefix } = testPrefix({ redis }, 'patience');
  await using ledger = startCounterpart(redis.url, prefix);
  const credential = parseCredential(ledger.credential);
  const onError = (error: Error) => {
    throw error;
  };
  const connection = connectRedis(redis.url, 'worker', onError);
  const queue = openIntakeQueue(connection, prefix, onError);
  let now = 0;
  using talk = openConversation(
    {
      credential,
      prefix,
      queue,
      connectBlocking: () => connectRedis(redis.url, 'blocking', onError),
      settings: DEFAULT_SETTINGS,
      log: { debug: () => undefined, warn: () => undefined },
      clock: { wall: Date.now, steady: () => now },
      closing: new AbortController().signal,
    },
    { addresses: [randomUUID()], resendAfterMs: () => 50, patienceMs: 1_000 },
  );
  const content = { question: 'verdict', after: 0, limit: 1 } as const;
  const send = () =>
    talk.send('ask', (expiresAt) =>
      signAsk(credential, { clientReference: 'x', expiresAt }, { ask: randomUUID(), ...content }),
    );
  try {
    await act(
      talk,
      (ms) => {
        now += ms;
      },
      send,
    );
  } finally {
    await queue.close();
    disconnectRedis(connection);
    await ledger.flush();
  }
}

const unheard = () => {
  throw new Error('nobody spoke');
};

describe('patience', () => {
  it('lasts from the last progress, which is an answer or something new to say', () =>
    withClock(async (talk, tick, send) => {
      await send();
      tick(999);
      await talk.listen(unheard);
      await send();
      tick(999);
      expect(talk.answered('ask')).toBe(true);
      tick(999);
      await talk.listen(unheard);
      tick(1);
      await expect(talk.listen(unheard)).rejects.toBeInstanceOf(LedgerSilent);
    }));

  it('is not renewed by sending again, nor by an answer to nothing', () =>
    withClock(async (talk, tick, send) => {
      await send();
      for (let at = 0; at < 1_000; at += 100) {
        await talk.listen(unheard);
        expect(talk.answered('closing')).toBe(false);
        talk.hasten('ask', 'expired');
        tick(100);
      }
      await expect(talk.listen(unheard)).rejects.toThrow(/clocks/);
    }));
});
