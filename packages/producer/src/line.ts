import type { Credential, IntakeQueue, RedisConnection } from '@salio/queue';
import type { ProducerSettings } from './settings.ts';

/** What the producer tells of itself. pino's loggers fit. */
export interface ProducerLog {
  debug(fields: object, event: string): void;
  warn(fields: object, event: string): void;
}

/** What every call of a producer works with: the way to its ledger. */
export interface LedgerLine {
  readonly credential: Credential;
  readonly prefix: string;
  readonly queue: IntakeQueue;
  /** A connection of its own for one call's replies; the caller disconnects it. */
  readonly connectBlocking: () => RedisConnection;
  readonly settings: ProducerSettings;
  readonly log: ProducerLog;
  readonly clock: Clock;
  /** Aborts when the producer is closed. */
  readonly closing: AbortSignal;
}

export interface Clock {
  /** Epoch ms: what signatures expire by. */
  readonly wall: () => number;
  /** Ms that only go forward: what patience is measured by. */
  readonly steady: () => number;
}
