import type { Money } from './money.ts';

/** A look at the whole system, for alarms. Durations are ms before the look, by the clock of whoever looked. */
export interface SystemLook {
  /** Why claims do not trust the database; undefined where they do. */
  readonly untrusted: string | undefined;
  readonly stops: readonly StopLook[];
  /** Batches that were paused for a stop, by what was stopped. */
  readonly pausedByTrouble: readonly TroubledPauses[];
  /** Batches that a person paused, those that stand longest first. */
  readonly pausedByPeople: readonly PausedBatch[];
  readonly unresolved: UnresolvedLook;
  readonly work: WorkLook;
  /** Decisions that wait for a second person. */
  readonly proposals: OldestOf;
  /** Chunks whose holder can have no call in flight any more, by when they could have been taken back. */
  readonly overdueRescues: OldestOf;
  /** Notifications that should have been looked at, by since when. */
  readonly overdueNews: OldestOf;
  /** Notifications of request ids that are no line's, by account. */
  readonly unattributed: readonly ({ readonly account: string } & OldestOf)[];
  /** Recorded lately, by their kind. */
  readonly discrepancies: readonly { readonly kind: string; readonly count: number }[];
  /** Facts that no block of the audit chain has. */
  readonly unsealed: OldestOf;
  /** Floats that have a mark below which somebody wants to know. */
  readonly floats: readonly FloatLook[];
  /** Webhooks that take nothing, those that stand longest first. */
  readonly failingWebhooks: readonly FailingWebhook[];
  readonly redis: RedisLookForAlarms;
  /** What the wallet holds; undefined where nobody asked now, or no answer came. */
  readonly wallet: { readonly account: string; readonly balance: Money } | undefined;
}

export interface FloatLook {
  readonly account: string;
  readonly available: Money;
  readonly low: Money;
}

export interface StopLook {
  /** `system` or `account:NAME`. */
  readonly scope: string;
  readonly reason: string;
  readonly operator: string;
  readonly forMs: number;
}

export interface TroubledPauses {
  readonly scope: string;
  readonly batches: number;
  readonly oldestMs: number;
}

export interface PausedBatch {
  readonly batchId: string;
  readonly clientReference: string;
  readonly reason: string;
  readonly forMs: number;
}

export interface FailingWebhook {
  readonly id: string;
  readonly source: string;
  readonly url: string;
  /** How the last try failed; undefined where nobody tries although something is due. */
  readonly error: string | undefined;
  readonly forMs: number;
}

/** How many wait, and for how long the oldest does; 0 where none waits. */
export interface OldestOf {
  readonly count: number;
  readonly oldestMs: number;
}

export interface UnresolvedLook extends OldestOf {
  /** There are more than were counted. */
  readonly more: boolean;
}

export interface WorkLook {
  /** Released batches with chunks that anybody could have claimed all the time that counts as idle. */
  readonly waitingBatches: number;
  /** Since something was claimed last; 0 while a chunk is leased, undefined where nothing ever was. */
  readonly idleMs: number | undefined;
}

/** What Redis says of each account's pace; or for how long it has not answered. */
export type RedisLookForAlarms =
  | { readonly kind: 'answers'; readonly paces: readonly AccountPace[] }
  | { readonly kind: 'away'; readonly forMs: number; readonly reason: string };

export interface AccountPace {
  readonly account: string;
  /** For how long calls have been held back by the breaker; undefined where they are not. */
  readonly breakerOpenMs: number | undefined;
  /** Of its full rate: 1 unless a 429 slowed it down. */
  readonly share: number;
}

/** From when on something is worth an alarm. Each is a setting. */
export interface AlarmTerms {
  /** A line is unresolved for so long, ms. */
  readonly unresolvedMs: number;
  /** A batch is paused by trouble for so long, ms. */
  readonly pausedMs: number;
  /** What a person paused, or news that is no line's, is left for so long, ms. */
  readonly leftMs: number;
  /** Calls are held back by the breaker, or Redis is away, for so long, ms. */
  readonly heldBackMs: number;
  /** An account goes at less than this share of its rate, 0 to 1. */
  readonly slowShare: number;
  /** Work waits and nobody takes it for so long, ms. */
  readonly idleMs: number;
  /** A proposal waits for a second person for so long, ms. */
  readonly decisionMs: number;
  /** A part of the scheduler's own work is late by so much, ms. */
  readonly behindMs: number;
  /** A webhook takes nothing for so long, ms. */
  readonly webhookMs: number;
  /** The wallet holds less; undefined: nobody is told of it. */
  readonly walletLow: Money | undefined;
}
