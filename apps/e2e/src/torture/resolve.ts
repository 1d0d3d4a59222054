import { setTimeout as delay } from 'node:timers/promises';
import { askCli, type Environment, type System } from '@salio/testkit';
import { completeNews, readBook, readNewsLies } from '../book.ts';
import type { Look } from './look.ts';

/** Two who check each other, by the command line. */
export interface TwoPeople {
  readonly proposer: Environment;
  readonly confirmer: Environment;
}

export interface Resolving {
  readonly system: System;
  readonly people: TwoPeople;
  readonly look: Look;
  readonly say: (text: string) => void;
}

/** From the last notification until machines have made of the news what they can. */
const SETTLE_MS = 60_000;
/** Deciding that changes nothing for so long has come to its end: as long as people must wait, and a look or two. */
const DECIDE_MS = 60_000;
/** A few turns of every repair. */
const QUIET_MS = 8_000;
const LOOK_EVERY_MS = 500;

/**
 * What happens after a run in which the provider tells what became of lines: everything that it has not told yet is told, the
 * system makes of it what it can, and two people decide about the rest, with the provider's statement (the book) before them.
 * Gives back what did not come to rest.
 */
export async function resolveAll(resolving: Resolving): Promise<string[]> {
  const { system, look, say } = resolving;
  say('everything is told that was not told yet');
  await untilTrue(SETTLE_MS, () => completeNews(system.simulatorUrl));
  const told = await untilTrue(SETTLE_MS, quietOf(look));
  const odd = await readNewsLies(system.simulatorUrl);
  say(`${await countUnresolved(look)} lines are left for people`);
  const unadopted: string[] = [];
  const left = await untilNone(resolving, async () => {
    // Too early for some: again.
    const paid = await decide(resolving).catch((error: unknown) => {
      say(String(error));
      return [];
    });
    unadopted.push(...paid.filter((phone) => !NOT_FOR_MACHINES.has(odd.get(phone) ?? '')));
  });
  return [
    ...(told ? [] : ['lines are still sent after all is told']),
    ...(left === 0 ? [] : [`${left} lines are unresolved after all is decided`]),
    ...unadopted.map((phone) => `a machine could have known that …${phone.slice(-4)} was paid`),
  ];
}

/** Decides until nothing is unresolved any more, or deciding has changed nothing for a while. How many lines are left. */
async function untilNone({ look }: Resolving, decideOnce: () => Promise<void>): Promise<number> {
  let left = await countUnresolved(look);
  let sinceMs = performance.now();
  while (left > 0 && performance.now() - sinceMs < DECIDE_MS) {
    await decideOnce();
    const before = left;
    left = await countUnresolved(look);
    if (left < before) sinceMs = performance.now();
    else await delay(LOOK_EVERY_MS);
  }
  return left;
}

/** Of what is told so, only people can say whose it is: no phone, two verdicts, or an id too many. */
const NOT_FOR_MACHINES: ReadonlySet<string> = new Set(['minimal', 'contradicting', 'foreign']);

/**
 * Lines that the provider has paid or not, as its statement says; each in a decision of two people per batch and verdict. Gives
 * back the phones of the paid ones.
 */
async function decide({ system, people, look, say }: Resolving): Promise<string[]> {
  const paid: string[] = [];
  const credited = new Set<string>();
  for await (const entry of readBook(system.simulatorUrl)) {
    if (entry.credited) credited.add(entry.phone);
  }
  const lines = await look.rows<{ reference: string; seq: number; msisdn: string }>(UNRESOLVED);
  const sets = Map.groupBy(lines, ({ reference, msisdn }) => {
    return `${reference} ${credited.has(msisdn) ? 'paid' : 'unpaid'}`;
  });
  for (const [name, set] of sets) {
    const [batch = '', verdict = ''] = name.split(' ');
    const list = set
      .slice(0, LINES_AT_ONCE)
      .map(({ seq }) => seq)
      .join(',');
    const selection = ['--batch', batch, '--lines', list, '--reason', 'as the statement says'];
    const proposal = await askCli(['decide', `--${verdict}`, ...selection], people.proposer);
    const confirm = ['decide', '--confirm', String(proposal['decision']), '--reason', 'seen'];
    await askCli(confirm, people.confirmer);
    say(`two people decided ${set.length} lines of ${batch}: ${verdict}`);
    if (verdict === 'paid') paid.push(...set.map(({ msisdn }) => msisdn));
  }
  return paid;
}

/** Ranges that an order may name are bounded. */
const LINES_AT_ONCE = 500;

async function countUnresolved(look: Look): Promise<number> {
  const [found] = await look.rows<{ lines: number }>(
    `SELECT count(*)::int AS lines FROM v_lines WHERE state = 'unresolved'`,
  );
  return found?.lines ?? 0;
}

/** Whether no line is merely sent any more, and nothing has changed for a while: machines have made of the news what they can. */
function quietOf(look: Look): () => Promise<boolean> {
  let before = '';
  let sinceMs = performance.now();
  return async () => {
    const [now] = await look.rows<{ sent: number; what: string }>(STANDING);
    if (now?.what !== before) sinceMs = performance.now();
    before = now?.what ?? '';
    return now?.sent === 0 && performance.now() - sinceMs > QUIET_MS;
  };
}

async function untilTrue(forMs: number, look: () => Promise<boolean>): Promise<boolean> {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs) {
    if (await look()) return true;
    await delay(LOOK_EVERY_MS);
  }
  return false;
}

const UNRESOLVED = `SELECT client_reference AS reference, seq, msisdn FROM v_lines WHERE state = 'unresolved' ORDER BY 1, 2`;

const STANDING = `SELECT count(*) FILTER (WHERE state = 'sent')::int AS sent,
    (SELECT count(*) FROM inbox) || ' ' || count(*) FILTER (WHERE state = 'unresolved') AS what FROM v_lines`;
