import { MESSAGE_LIFE_MAX_MS } from '@salio/queue';
import { SubmissionInvalid } from './errors.ts';

export interface ProducerSettings {
  /** Pages that the ledger has not acknowledged, at most: what is kept in memory and in Redis. 1 to WINDOW_MAX. */
  readonly window: number;
  /** Until a page without acknowledgement is sent again; later tries wait longer. */
  readonly ackTimeoutMs: number;
  /** Until a question without answer is asked again; later tries wait longer. */
  readonly askTimeoutMs: number;
  /** How long a pushed verdict is waited for before it is asked for. */
  readonly verdictGraceMs: number;
  /** Without any progress for so long a call fails with LedgerSilent. */
  readonly patienceMs: number;
  /** For how long a message may be taken after it was sent; covers a queue that is behind, and clocks that differ. */
  readonly messageLifeMs: number;
}

/** Eight pages are half a megabyte, and keep a ledger busy over a network of 50 ms. */
export const DEFAULT_SETTINGS: ProducerSettings = {
  window: 8,
  ackTimeoutMs: 10_000,
  askTimeoutMs: 2_000,
  verdictGraceMs: 1_000,
  patienceMs: 300_000,
  messageLifeMs: 3_600_000,
};

/** A window's acknowledgements, each a few times, must fit into the list in which they wait (REPLIES_MAX). */
export const WINDOW_MAX = 64;

/** Throws SubmissionInvalid. */
export function withDefaults(given: Partial<ProducerSettings> = {}): ProducerSettings {
  const settings = { ...DEFAULT_SETTINGS, ...given };
  const { window, messageLifeMs, ...times } = settings;
  if (!Number.isInteger(window) || window < 1 || window > WINDOW_MAX) {
    throw new SubmissionInvalid(`window is 1 to ${WINDOW_MAX} pages`);
  }
  if (!(messageLifeMs > 0 && messageLifeMs < MESSAGE_LIFE_MAX_MS)) {
    throw new SubmissionInvalid(`messageLifeMs is above 0 and below ${MESSAGE_LIFE_MAX_MS}`);
  }
  for (const [name, value] of Object.entries(times)) {
    if (!(Number.isFinite(value) && value > 0)) throw new SubmissionInvalid(`${name} is above 0`);
  }
  return settings;
}
