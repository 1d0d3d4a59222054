import type { GatherLimits } from './gatherer.ts';
import type { StrangerLimits } from './rates.ts';

/** Of the public port. Whoever reaches it may send anything, as slowly and as often as they like. */
export interface CallbackLimits {
  /** Largest body, bytes. */
  readonly bodyBytes: number;
  /** Largest request line and headers, bytes. */
  readonly headerBytes: number;
  /** Open connections; more are closed at once. */
  readonly connections: number;
  /** From the first byte of a request until its headers, and until its body, are there, ms. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** How often those two are looked at, ms. */
  readonly checkMs: number;
  /** Until a connection on which nothing happens is closed, ms. */
  readonly idleMs: number;
  /** Until a connection between two requests is closed, ms. */
  readonly keepAliveMs: number;
  readonly strangers: StrangerLimits;
  readonly gathering: GatherLimits;
}

export const CALLBACK_LIMITS: CallbackLimits = {
  // A full notification has some 250 bytes.
  bodyBytes: 16 * 1024,
  headerBytes: 8 * 1024,
  // Far above what one provider opens; each costs some 20 kB.
  connections: 1_000,
  // A provider sends its few hundred bytes in one piece.
  headersMs: 5_000,
  requestMs: 10_000,
  checkMs: 1_000,
  // Longer than an answer may take.
  idleMs: 15_000,
  // Balancers commonly keep idle connections for a minute: the end that sends should close first.
  keepAliveMs: 65_000,
  // A slip in the dashboard is seen, a flood costs no work. 10,000 addresses are about a megabyte.
  strangers: { tries: 30, windowMs: 60_000, addresses: 10_000 },
  gathering: {
    // A few hundred rows take milliseconds.
    atOnce: 200,
    commits: 4,
    // Far below what the way to the provider takes.
    lingerMs: 5,
    // Some ten commits.
    waiting: 2_000,
    // The provider's own patience is not known; callers commonly give up after ten seconds.
    patienceMs: 5_000,
  },
};
