import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AirtimeProbe } from '@salio/airtime';
import type { AskedLine, Money, Msisdn } from '@salio/domain';
import { judge, type Told } from './outcome.ts';
import type { Findings, Repeat } from './recommend.ts';

/** What a pair of sends is to show. */
export type Question = 'same_key' | 'keyless' | 'fresh_key' | 'other_body';

/** One send and what came of it. */
export interface Evidence extends Told {
  readonly question: Question;
  /** The first send of a pair, or its repeat. */
  readonly send: 'first' | 'repeat';
  /** Of a repeat: from the end of the first send's answer to its own start, ms. */
  readonly afterMs: number | undefined;
  readonly at: Date;
  readonly key: string | undefined;
  readonly amount: Money;
}

export interface ProbeOrder {
  readonly msisdn: Msisdn;
  /** Of the first pair; each further pair asks for one unit of the currency more. */
  readonly amount: Money;
  /** Ages at which a send is repeated, ms, ascending. */
  readonly agesMs: readonly number[];
  /** Told of each send when its answer is there. */
  readonly note: (evidence: Evidence) => void;
}

/** How long the pairs wait that have no age of their own, ms: far inside every period that is known. */
const SOON_MS = 500;
const WHOLE_UNIT = 10_000n;

/**
 * Measures with pairs: a send, and one repeat of it at one age. Each pair has a key and an amount of its own, because a repeat that
 * is refused may prolong the period, and an equal amount may meet the guard of another pair: one key that is asked again and again
 * would show neither. All pairs run side by side, so it takes as long as the oldest; an accepted repeat ends the older ones.
 */
export async function runProbe(probe: AirtimeProbe, order: ProbeOrder): Promise<Findings> {
  const pairs = createPairs(probe, order);
  const [sameKey, keyless, fresh, other] = await Promise.all([
    askAges(order.agesMs, (ageMs, stop) => {
      const [line, key] = [pairs.newLine(), randomUUID()];
      return pairs.run('same_key', { line, key }, { line, key }, ageMs, stop);
    }),
    askAges(order.agesMs, (ageMs, stop) => {
      const sent = { line: pairs.newLine(), key: undefined };
      return pairs.run('keyless', sent, sent, ageMs, stop);
    }),
    askOnce(async () => {
      const line = pairs.newLine();
      const keys = [randomUUID(), randomUUID()] as const;
      return pairs.run('fresh_key', { line, key: keys[0] }, { line, key: keys[1] }, SOON_MS);
    }),
    askOnce(async () => {
      const key = randomUUID();
      const [first, second] = [pairs.newLine(), pairs.newLine()];
      return pairs.run('other_body', { line: first, key }, { line: second, key }, SOON_MS);
    }),
  ]);
  return { sameKey, keyless, freshKey: fresh, otherBody: other };
}

interface Sent {
  readonly line: AskedLine;
  readonly key: string | undefined;
}

/** `undefined`: it was not repeated, because a younger one had been accepted. */
type RunPair = (ageMs: number, stop: AbortSignal) => Promise<Repeat | undefined>;

/** Repeats at all ages, until one is accepted. */
async function askAges(agesMs: readonly number[], run: RunPair): Promise<Repeat[]> {
  const done = new AbortController();
  const repeats = await Promise.all(
    agesMs.map(async (ageMs) => {
      const repeat = await run(ageMs, done.signal);
      if (repeat?.outcome === 'accepted') done.abort();
      return repeat;
    }),
  );
  return repeats.filter((repeat) => repeat !== undefined);
}

async function askOnce(run: () => Promise<Repeat | undefined>): Promise<Repeat['outcome']> {
  return (await run())?.outcome ?? 'unexpected';
}

function createPairs(probe: AirtimeProbe, order: ProbeOrder) {
  const known = new Set<string>();
  let made = 0n;

  const send = async (
    { line, key }: Sent,
    what: Pick<Evidence, 'question' | 'send' | 'afterMs'>,
  ): Promise<Told> => {
    const at = new Date();
    const told = judge(line, await probe.send(line, key), known);
    if (told.requestId !== undefined) known.add(told.requestId);
    order.note({ ...what, at, key, amount: line.amount, ...told });
    return told;
  };

  return {
    newLine: (): AskedLine => {
      const units = order.amount.units + made * WHOLE_UNIT;
      made += 1n;
      return { msisdn: order.msisdn, amount: { ...order.amount, units } };
    },
    run: async (
      question: Question,
      first: Sent,
      second: Sent,
      ageMs: number,
      stop?: AbortSignal,
    ): Promise<Repeat | undefined> => {
      const told = await send(first, { question, send: 'first', afterMs: undefined });
      const endedMs = performance.now();
      // Nothing can be learned from repeating what was not taken.
      if (told.outcome !== 'accepted') return { afterMs: 0, outcome: 'unexpected' };
      if (!(await waited(ageMs, stop))) return undefined;
      const afterMs = performance.now() - endedMs;
      const { outcome } = await send(second, { question, send: 'repeat', afterMs });
      return { afterMs, outcome };
    },
  };
}

async function waited(ms: number, stop: AbortSignal | undefined): Promise<boolean> {
  try {
    await delay(ms, undefined, stop ? { signal: stop } : {});
    return true;
  } catch (error) {
    if (stop?.aborted) return false;
    throw error;
  }
}
