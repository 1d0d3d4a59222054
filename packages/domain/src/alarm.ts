/** `page` wakes a person, at any hour; `ticket` waits for the next working hours. */
export type AlarmSeverity = 'page' | 'ticket';

/** What operators are told of, most urgent first. The runbook of the scheduler has an entry for each. */
export const ALARMS = {
  credited_twice: {
    severity: 'page',
    meaning: 'the provider names two payments of one line: money may have gone out twice',
  },
  database_untrusted: {
    severity: 'page',
    meaning: 'the database was promoted or restored: nothing is sent until two people recover it',
  },
  redis_away: {
    severity: 'page',
    meaning: 'Redis does not answer: no slice is opened, and nothing is taken in',
  },
  account_stopped: {
    severity: 'page',
    meaning: 'a provider account, or the whole system, is stopped: nothing of it is sent',
  },
  nothing_active: {
    severity: 'page',
    meaning: 'lines may be claimed now, and nobody claims any',
  },
  breaker_open: {
    severity: 'page',
    meaning: 'the provider fails: calls are held back but for one that tries',
  },
  batch_paused: {
    severity: 'page',
    meaning: 'batches stand still because of trouble, for longer than it usually lasts',
  },
  rescue_behind: {
    severity: 'page',
    meaning: 'chunks of workers that are gone are not taken back',
  },
  wallet_low: {
    severity: 'page',
    meaning: 'the provider account holds less than it should',
  },
  float_low: {
    severity: 'page',
    meaning: 'a float has less available than it should',
  },
  unresolved_old: {
    severity: 'ticket',
    meaning: 'lines of which nobody knows whether they were paid wait for a person',
  },
  slowed_down: {
    severity: 'ticket',
    meaning: 'the provider says that it is called too often: calls go out far more slowly',
  },
  batch_left_paused: {
    severity: 'ticket',
    meaning: 'a person paused a batch and seems to have forgotten it',
  },
  decision_waiting: {
    severity: 'ticket',
    meaning: 'proposals wait for a second person, and lapse a day after they were made',
  },
  news_behind: {
    severity: 'ticket',
    meaning: 'notifications of the provider are not applied: lines look undelivered that may be',
  },
  news_unattributed: {
    severity: 'ticket',
    meaning: 'the provider speaks of payments that no line is known to be',
  },
  discrepancy_seen: {
    severity: 'ticket',
    meaning: 'the provider says what does not fit what the ledger knows',
  },
  sealing_behind: {
    severity: 'ticket',
    meaning: 'facts are not sealed into the audit chain: they could be changed unseen',
  },
  webhook_failing: {
    severity: 'ticket',
    meaning: 'a source is not told what becomes of its batches: its webhook takes nothing',
  },
} as const satisfies Record<
  string,
  { readonly severity: AlarmSeverity; /** In words. */ readonly meaning: string }
>;

export type AlarmKind = keyof typeof ALARMS;
export const ALARM_KINDS: readonly AlarmKind[] = Object.freeze(
  // safe because they are the keys of the constant above
  Object.keys(ALARMS) as AlarmKind[],
);

/** How urgent a kind is. One that this version does not know, of a newer one, waits for working hours. */
export function severityOf(kind: string): AlarmSeverity {
  const known = ALARM_KINDS.find((candidate) => candidate === kind);
  return known ? ALARMS[known].severity : 'ticket';
}

/** An alarm that stands now. */
export interface Standing {
  readonly kind: AlarmKind;
  /** Of what: `system`, `account:NAME`, `webhook:ID` or the id of a batch. One alarm of a kind and subject is open at most. */
  readonly subject: string;
  /** A sentence or two. Names no phone. */
  readonly detail: string;
}

/** What could not be judged this time: open alarms of it are neither raised nor cleared. */
export interface Unjudged {
  readonly kind: AlarmKind;
  /** Undefined: whatever the subject. */
  readonly subject?: string;
}

export interface AlarmVerdict {
  readonly standing: readonly Standing[];
  readonly unjudged: readonly Unjudged[];
}

/** First wait until the operators' URL is tried again, ms: most restarts are over by then. */
const TELL_AGAIN_MS = 5_000;
/** Longest wait, ms: whoever repairs the receiving end has the alarms within ten minutes. */
const TELL_AGAIN_MAX_MS = 600_000;

/** How long to wait after the `tries`-th try (from 1) that the operators' URL did not take, ms. */
export function tellAgainMs(tries: number): number {
  return Math.min(TELL_AGAIN_MS * 2 ** Math.min(tries - 1, 20), TELL_AGAIN_MAX_MS);
}
