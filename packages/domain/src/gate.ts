import type { LineState } from './line.ts';

/** What is known of the line that a validation is held against: its permit's line, or the one that may be meant. */
export interface GateLine {
  /** Whether phone, currency and amount of the question are exactly those of the line. */
  readonly equal: boolean;
  readonly state: LineState;
  /** The line's newest attempt, where it is of the account that asks. */
  readonly attemptId: string | undefined;
  /** The attempt that was looked up: of the permit, or the newest one when the line was chosen. */
  readonly expectedId: string;
  /** Whether a send of the newest attempt that this database remembers may still be in flight. */
  readonly inFlight: boolean;
  /** Which question the newest attempt's permit for the line was given to: this one, another one, or none yet. */
  readonly permit: 'this' | 'another' | 'none';
}

/**
 * - `permitted`: the line's one yes. `repeated`: the same answer to the same question.
 * - `unreadable`: the question can't be understood.
 * - `untrusted`: the database was restored or promoted, and may have forgotten what was paid.
 * - `no_line`: no open payment has this phone, currency and amount.
 * - `other_data`: a transaction that has its yes is asked for again with other data.
 * - `moved_on`: the line has its end, or another attempt.
 * - `not_in_flight`: no request for it can be on its way: it is not ours, or far too late.
 * - `taken`: the line has had its yes, for another transaction.
 */
export type GateReason =
  | 'permitted'
  | 'repeated'
  | 'unreadable'
  | 'untrusted'
  | 'no_line'
  | 'other_data'
  | 'moved_on'
  | 'not_in_flight'
  | 'taken';

export interface GateVerdict {
  readonly answer: 'yes' | 'no';
  readonly reason: GateReason;
}

/** Where the provider may still be asked to pay: the answer to the request is not known, or says no more than "accepted". */
const ASKED_FOR: ReadonlySet<LineState> = new Set(['sending', 'sent', 'unresolved']);

/** Whether the provider may pay, by what is known of the line; undefined: there is none. Everything in doubt is a no. */
export function judgeValidation(line: GateLine | undefined): GateVerdict {
  const no = (reason: GateReason): GateVerdict => ({ answer: 'no', reason });
  if (line === undefined) return no('no_line');
  if (!line.equal) return no(line.permit === 'this' ? 'other_data' : 'no_line');
  if (!ASKED_FOR.has(line.state) || line.attemptId !== line.expectedId) return no('moved_on');
  if (line.permit === 'another') return no('taken');
  if (!line.inFlight) return no('not_in_flight');
  return { answer: 'yes', reason: line.permit === 'this' ? 'repeated' : 'permitted' };
}
