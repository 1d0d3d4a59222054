import { randomUUID } from 'node:crypto';
import { readAnswer, type AskedLine, type LineEnding, type ProviderAnswer } from '@salio/domain';
import { deadlineIn, systemClock, type AirtimeProvider } from '@salio/airtime';
import { describe, expect, it } from 'vitest';
import { line } from './provider-fixture.ts';

/** Where the contract is put to the test: the simulator, or the provider's own sandbox. */
export interface Place {
  readonly provider: AirtimeProvider;
  /** The same account with a key that is wrong. */
  readonly stranger: AirtimeProvider;
  /** A Kenyan phone that nothing was sent to before. */
  readonly freshPhone: () => string;
}

export interface Transmitted {
  readonly answer: ProviderAnswer;
  /** `accepted`, or the kind with its reason. */
  readonly endings: readonly string[];
  readonly oddities: readonly string[];
  readonly lines: readonly LineEnding[];
}

/** Sends lines through the adapter and reads the answer as a worker does. */
export async function transmit(
  provider: AirtimeProvider,
  lines: readonly AskedLine[],
  overrides: { idempotencyKey?: string; body?: string } = {},
): Promise<Transmitted> {
  const answer = await provider.send({
    idempotencyKey: randomUUID(),
    body: provider.encode(lines),
    sendBy: deadlineIn(60_000, systemClock),
    ...overrides,
  });
  const reading = readAnswer(lines, answer);
  return {
    answer,
    lines: reading.lines,
    endings: reading.lines.map(({ ending }) =>
      ending.kind === 'accepted' ? 'accepted' : `${ending.kind} ${ending.reason}`,
    ),
    oddities: reading.oddities.map(({ kind }) => kind),
  };
}

/** The parts of the contract that hold wherever it is, with nobody misbehaving. */
export function describeContract(place: () => Place): void {
  describe('a send (contract 1.2)', () => {
    it('of one line is accepted with an id, the amount and a discount', async () => {
      const { provider, freshPhone } = place();
      const asked = line(freshPhone(), '100');
      const { answer, endings, oddities, lines } = await transmit(provider, [asked]);
      expect(answer).toMatchObject({
        kind: 'response',
        content: { errorMessage: 'None', numSent: 1 },
      });
      expect(endings).toEqual(['accepted']);
      expect(oddities).toEqual([]);
      expect(lines[0]).toMatchObject({
        status: 'Sent',
        errorText: 'None',
        ending: {
          requestId: expect.stringMatching(/^ATQid_[0-9a-f]{32}$/),
          amount: asked.amount,
          discount: { currency: 'KES', units: expect.any(BigInt) },
        },
      });
    });

    it('of an amount with cents is echoed to the cent', async () => {
      const { provider, freshPhone } = place();
      const { endings, oddities } = await transmit(provider, [line(freshPhone(), '38.67')]);
      expect(endings).toEqual(['accepted']);
      expect(oddities).toEqual([]);
    });

    it('of several lines is answered line by line, in whatever order', async () => {
      const { provider, freshPhone } = place();
      const asked = ['11', '12', '13', '14'].map((amount) => line(freshPhone(), amount));
      const { endings, oddities, lines } = await transmit(provider, asked);
      expect(endings).toEqual(asked.map(() => 'accepted'));
      expect(oddities).toEqual([]);
      const ids = lines.map(({ ending }) => (ending.kind === 'accepted' ? ending.requestId : ''));
      expect(new Set(ids).size).toBe(asked.length);
    });
  });

  describe('a key (contract 1.4)', () => {
    it('that was used is a duplicate, and gets neither the answer nor the id of the first request', async () => {
      const { provider, freshPhone } = place();
      const asked = [line(freshPhone(), '100')];
      const idempotencyKey = randomUUID();
      expect((await transmit(provider, asked, { idempotencyKey })).endings).toEqual(['accepted']);
      const again = await transmit(provider, asked, { idempotencyKey });
      expect(again.endings).toEqual(['duplicate duplicate']);
      expect(again.answer).toMatchObject({ content: { numSent: 0, entries: [] } });
    });

    it('that is new pays an equal line again', async () => {
      const { provider, freshPhone } = place();
      const asked = [line(freshPhone(), '100')];
      expect((await transmit(provider, asked)).endings).toEqual(['accepted']);
      expect((await transmit(provider, asked)).endings).toEqual(['accepted']);
    });
  });

  describe('a refusal', () => {
    it('of one line does not take the others with it (contract 1.6)', async () => {
      const { provider, freshPhone } = place();
      const asked = [line(freshPhone(), '100'), line(freshPhone(), '20000')];
      const { endings, lines } = await transmit(provider, asked);
      expect(endings).toEqual(['accepted', 'refused line_refused']);
      expect(lines[1]).toMatchObject({
        status: 'Failed',
        errorText: 'Value Outside The Allowed Limits',
      });
    });

    it('of every line is said at the top too (contract 1.5)', async () => {
      const { provider, freshPhone } = place();
      const { answer, endings } = await transmit(provider, [line(freshPhone(), '20000')]);
      expect(answer).toMatchObject({ content: { errorMessage: 'Invalid Requests', numSent: 0 } });
      expect(endings).toEqual(['refused line_refused']);
    });

    it('of a wrong key is 401 in plain text, for a reason of the account (contract 1.7)', async () => {
      const { stranger, freshPhone } = place();
      const { answer, endings, lines } = await transmit(stranger, [line(freshPhone(), '100')]);
      expect(answer).toMatchObject({ status: 401, content: undefined });
      expect(endings).toEqual(['refused http_401']);
      expect(lines[0]).toMatchObject({
        ending: { scope: 'account' },
        errorText: 'The supplied authentication is invalid',
      });
    });

    it('of a request without recipients is 400 (contract 1.7)', async () => {
      const { provider, freshPhone } = place();
      const body = `username=${provider.account.split('/')[1]}`;
      const { answer, endings } = await transmit(provider, [line(freshPhone(), '100')], { body });
      expect(answer).toMatchObject({ status: 400, content: undefined });
      expect(endings).toEqual(['refused http_400']);
    });
  });

  describe('a question', () => {
    it('about a line that was just sent is answered with a status (contract 4.1)', async () => {
      const { provider, freshPhone } = place();
      const { lines } = await transmit(provider, [line(freshPhone(), '100')]);
      const [first] = lines;
      const requestId = first?.ending.kind === 'accepted' ? first.ending.requestId : '';
      expect(['Queued', 'Sent', 'Success']).toContain((await provider.enquire(requestId)).status);
    });

    it('about an id that nobody gave has no status (contract 4.1, 9.4)', async () => {
      const { provider } = place();
      expect(await provider.enquire(`ATQid_${'0'.repeat(32)}`)).toMatchObject({
        status: 'unknown',
      });
    });

    it('about the balance is answered with money (contract 4.2)', async () => {
      const { provider } = place();
      expect(await provider.balance()).toMatchObject({
        ok: true,
        balance: { units: expect.any(BigInt) },
      });
    });

    it('with a wrong key has no answer', async () => {
      const { stranger } = place();
      expect(await stranger.balance()).toEqual({ ok: false, reason: 'http_401' });
      expect(await stranger.enquire('ATQid_1')).toMatchObject({
        status: 'unknown',
        httpStatus: 401,
      });
    });
  });
}
