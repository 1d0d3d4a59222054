import type { KeyObject } from 'node:crypto';
import type { KnownTexts, ReplayTerms, Tariffs } from '@salio/domain';
import type { AirtimeProvider, Clock } from '@salio/airtime';
import type { LeaseTerms, Ledger, ReleasePolicy } from '@salio/ledger';
import type { RedisConnection } from '@salio/queue';
import type { Log } from '@salio/runtime';
import type { Pacer } from './send/pacer.ts';
import type { Recorder } from './send/recorder.ts';
import type { SendMetrics } from './send/send-metrics.ts';

/** What taking pages in needs. */
export interface IntakeDeps {
  readonly ledger: Ledger;
  readonly ledgerId: string;
  readonly ledgerKey: KeyObject;
  /** For replies. */
  readonly redis: RedisConnection;
  readonly prefix: string;
  readonly tariffs: Tariffs;
  readonly chunkLines: number;
  /** What is released without a person. */
  readonly policy: ReleasePolicy | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** What sending chunks needs. */
export interface SendDeps {
  readonly ledger: Ledger;
  readonly ledgerId: string;
  readonly provider: AirtimeProvider;
  readonly texts: KnownTexts;
  readonly recorder: Recorder;
  readonly pacer: Pacer;
  readonly terms: LeaseTerms;
  readonly replay: ReplayTerms;
  /** After the clock is read, for how long the first byte of a send may leave, ms. */
  readonly sendWindowMs: number;
  readonly recipientsPerRequest: number;
  /** Calls of one slice: those of the worker, shared among the chunks that it sends at once. */
  readonly callsPerSlice: number;
  readonly holdMs: number;
  readonly metrics: SendMetrics;
  readonly worker: string;
  readonly clock: Clock;
  readonly log: Log;
}
