import type { AlarmVerdict, Standing, Unjudged } from './alarm.ts';
import { formatMoney } from './money.ts';
import { maskMsisdn } from './msisdn.ts';
import type { AlarmTerms, SystemLook } from './system-look.ts';

/** Which alarms stand, and what could not be judged. What waits on purpose (terms, a quiet night, no work) raises none. */
export function judgeAlarms(look: SystemLook, terms: AlarmTerms): AlarmVerdict {
  const standing = [
    ...judgeTrust(look),
    ...judgeStops(look),
    ...judgePauses(look, terms),
    ...judgeIdleness(look, terms),
    ...judgePace(look, terms),
    ...judgeWallet(look, terms),
    ...judgeFloats(look),
    ...judgeLines(look, terms),
    ...judgeDiscrepancies(look),
    ...judgeOwnWork(look, terms),
    ...judgeWebhooks(look, terms),
  ];
  return { standing, unjudged: unjudgedOf(look, terms) };
}

/** What is not of one account or batch. */
const SYSTEM = 'system';

function judgeTrust({ untrusted }: SystemLook): Standing[] {
  if (untrusted === undefined) return [];
  return [{ kind: 'database_untrusted', subject: SYSTEM, detail: quote(untrusted) }];
}

/** At once: whoever is on call must know, whoever stopped it. */
function judgeStops({ stops }: SystemLook): Standing[] {
  return stops.map(({ scope, reason, operator, forMs }) => ({
    kind: 'account_stopped',
    subject: scope,
    detail: `${scope} was stopped by ${quote(operator)} ${ago(forMs)}: ${quote(reason)}`,
  }));
}

/** One alarm for all batches of a stop: a thousand small ones are one trouble. */
function judgePauses(look: SystemLook, terms: AlarmTerms): Standing[] {
  const troubled = look.pausedByTrouble
    .filter(({ oldestMs }) => oldestMs >= terms.pausedMs)
    .map(({ scope, batches, oldestMs }): Standing => {
      const detail = `${count(batches, 'batch', 'batches')} paused because ${scope} is stopped, the first ${ago(oldestMs)}`;
      return { kind: 'batch_paused', subject: scope, detail };
    });
  const left = look.pausedByPeople
    .filter(({ forMs }) => forMs >= terms.leftMs)
    .map(({ batchId, clientReference, reason, forMs }): Standing => {
      const why = reason === '' ? '' : `: ${quote(reason)}`;
      const detail = `${quote(clientReference)} was paused ${ago(forMs)}${why}`;
      return { kind: 'batch_left_paused', subject: batchId, detail };
    });
  return [...troubled, ...left];
}

/** Where nothing can be claimed for a reason that has an alarm of its own, that one says it. */
function judgeIdleness({ work, untrusted, stops }: SystemLook, terms: AlarmTerms): Standing[] {
  const { waitingBatches, idleMs } = work;
  const explained = untrusted !== undefined || stops.some(({ scope }) => scope === SYSTEM);
  if (explained || waitingBatches === 0) return [];
  if (idleMs !== undefined && idleMs < terms.idleMs) return [];
  const last =
    idleMs === undefined ? 'nothing was ever claimed' : `the last claim was ${ago(idleMs)}`;
  const detail = `${count(waitingBatches, 'batch', 'batches')} could be claimed, but ${last}`;
  return [{ kind: 'nothing_active', subject: SYSTEM, detail }];
}

function judgePace({ redis }: SystemLook, terms: AlarmTerms): Standing[] {
  if (redis.kind === 'away') {
    if (redis.forMs < terms.heldBackMs) return [];
    const detail = `Redis has not answered for ${span(redis.forMs)}: ${quote(redis.reason)}`;
    return [{ kind: 'redis_away', subject: SYSTEM, detail }];
  }
  return redis.paces.flatMap(({ account, breakerOpenMs, share }) => {
    const subject = `account:${account}`;
    const found: Standing[] = [];
    if (breakerOpenMs !== undefined && breakerOpenMs >= terms.heldBackMs) {
      const detail = `calls to ${subject} have failed for ${span(breakerOpenMs)}; one at a time tries`;
      found.push({ kind: 'breaker_open', subject, detail });
    }
    if (share < terms.slowShare) {
      const detail = `${subject} is called at less than ${percent(terms.slowShare)} of its rate: the provider answers 429`;
      found.push({ kind: 'slowed_down', subject, detail });
    }
    return found;
  });
}

/** A limit that can't be compared is one that nobody would be told of: so that is told. */
function judgeWallet({ wallet }: SystemLook, { walletLow }: AlarmTerms): Standing[] {
  if (!wallet || !walletLow) return [];
  const { account, balance } = wallet;
  const subject = `account:${account}`;
  if (balance.currency !== walletLow.currency) {
    const detail = `the wallet is in ${balance.currency} and the limit in ${walletLow.currency}: they can not be compared`;
    return [{ kind: 'wallet_low', subject, detail }];
  }
  if (balance.units >= walletLow.units) return [];
  const detail = `the wallet holds ${formatMoney(balance)}, less than ${formatMoney(walletLow)}`;
  return [{ kind: 'wallet_low', subject, detail }];
}

function judgeFloats({ floats }: SystemLook): Standing[] {
  return floats
    .filter(({ available, low }) => available.units < low.units)
    .map(({ account, available, low }) => ({
      kind: 'float_low',
      subject: `account:${account} ${low.currency}`,
      detail: `the float has ${formatMoney(available)} available, less than ${formatMoney(low)}`,
    }));
}

function judgeLines(look: SystemLook, terms: AlarmTerms): Standing[] {
  const { unresolved, proposals, unattributed } = look;
  const found: Standing[] = [];
  if (unresolved.count > 0 && unresolved.oldestMs >= terms.unresolvedMs) {
    const lines = count(unresolved.count, 'line is', 'lines are');
    const detail = `${unresolved.more ? 'more than ' : ''}${lines} unresolved, the oldest for ${span(unresolved.oldestMs)}`;
    found.push({ kind: 'unresolved_old', subject: SYSTEM, detail });
  }
  if (proposals.count > 0 && proposals.oldestMs >= terms.decisionMs) {
    const detail = `${count(proposals.count, 'proposal waits', 'proposals wait')} for a second person, the oldest for ${span(proposals.oldestMs)}`;
    found.push({ kind: 'decision_waiting', subject: SYSTEM, detail });
  }
  for (const { account, count: news, oldestMs } of unattributed) {
    if (news === 0 || oldestMs < terms.leftMs) continue;
    const detail = `${count(news, 'notification', 'notifications')} of request ids that are no line's, the oldest for ${span(oldestMs)}`;
    found.push({ kind: 'news_unattributed', subject: `account:${account}`, detail });
  }
  return found;
}

function judgeDiscrepancies({ discrepancies }: SystemLook): Standing[] {
  const seen = discrepancies.filter(({ count: times }) => times > 0);
  const twice = seen.find(({ kind }) => kind === 'credited_twice');
  const others = seen.filter(({ kind }) => kind !== 'credited_twice');
  const found: Standing[] = [];
  if (twice) {
    const detail = `${count(twice.count, 'line has', 'lines have')} two payments by the provider's word, seen within a day`;
    found.push({ kind: 'credited_twice', subject: SYSTEM, detail });
  }
  if (others.length > 0) {
    const list = others
      .toSorted((one, other) => (one.kind < other.kind ? -1 : 1))
      .map(({ kind, count: times }) => `${kind} (${times})`);
    const detail = `seen within a day: ${list.join(', ')}`;
    found.push({ kind: 'discrepancy_seen', subject: SYSTEM, detail });
  }
  return found;
}

/** What the scheduler itself does every few seconds. */
function judgeOwnWork(look: SystemLook, { behindMs }: AlarmTerms): Standing[] {
  const { overdueRescues, overdueNews, unsealed } = look;
  const found: Standing[] = [];
  if (overdueRescues.count > 0 && overdueRescues.oldestMs >= behindMs) {
    const detail = `${count(overdueRescues.count, 'chunk', 'chunks')} of workers that are gone, due for ${span(overdueRescues.oldestMs)}`;
    found.push({ kind: 'rescue_behind', subject: SYSTEM, detail });
  }
  if (overdueNews.count > 0 && overdueNews.oldestMs >= behindMs) {
    const detail = `notifications wait to be applied for ${span(overdueNews.oldestMs)}`;
    found.push({ kind: 'news_behind', subject: SYSTEM, detail });
  }
  if (unsealed.count > 0 && unsealed.oldestMs >= behindMs) {
    const detail = `facts wait to be sealed for ${span(unsealed.oldestMs)}`;
    found.push({ kind: 'sealing_behind', subject: SYSTEM, detail });
  }
  return found;
}

/** Names the host alone: the rest of a URL may hold a secret. */
function judgeWebhooks({ failingWebhooks }: SystemLook, { webhookMs }: AlarmTerms): Standing[] {
  return failingWebhooks
    .filter(({ forMs }) => forMs >= webhookMs)
    .map(({ id, source, url, error, forMs }) => {
      const host = URL.canParse(url) ? new URL(url).host : '';
      const what =
        error === undefined
          ? `nobody has posted what is due for ${span(forMs)}`
          : `it has taken nothing for ${span(forMs)}: ${quote(error)}`;
      const detail = `the webhook of ${quote(source)} at ${quote(host)}: ${what}`;
      return { kind: 'webhook_failing', subject: `webhook:${id}`, detail };
    });
}

/**
 * A slowed account wanders about the limit, so its alarm is over only at twice the share. Redis that is away for a moment says
 * nothing either way, and a wallet is asked only now and then.
 */
function unjudgedOf({ redis, wallet }: SystemLook, terms: AlarmTerms): Unjudged[] {
  const found: Unjudged[] = [];
  if (terms.walletLow && !wallet) found.push({ kind: 'wallet_low' });
  if (redis.kind === 'away') {
    found.push({ kind: 'breaker_open' }, { kind: 'slowed_down' });
    if (redis.forMs < terms.heldBackMs) found.push({ kind: 'redis_away' });
    return found;
  }
  const clearedFrom = Math.min(1, 2 * terms.slowShare);
  for (const { account, share } of redis.paces)
    if (share >= terms.slowShare && share < clearedFrom)
      found.push({ kind: 'slowed_down', subject: `account:${account}` });
  return found;
}

/** As much of a text of others as fits into a message. */
const QUOTE_MAX = 200;
const PHONES = /(?<!\d)\+?\d{9,15}(?!\d)/g;

/** A text of others, on one line. What could be a phone is masked: alarms leave the system. */
function quote(text: string): string {
  const line = text.replaceAll(/[\s\p{C}]+/gu, ' ').trim();
  return line.replaceAll(PHONES, maskMsisdn).slice(0, QUOTE_MAX);
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** `5 min`, `3 h` or `4 days`: coarse, so that the words of an alarm that goes on change rarely. */
function span(ms: number): string {
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  const hours = Math.floor(ms / HOUR_MS);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

const ago = (ms: number) => `${span(ms)} ago`;
const percent = (share: number) => `${Math.round(share * 100)} %`;
const count = (number: number, one: string, many: string) =>
  `${number} ${number === 1 ? one : many}`;
