import type { EndingKind } from './ending.ts';

/** What a further send of an attempt must know of one that was recorded. Moments are ms since 1970 on the ledger's clock. */
export interface EarlierSend {
  readonly ending: EndingKind | 'unanswered';
  /** When it was recorded, before its first byte could leave. */
  readonly openedAtMs: number;
  /** Before this, its bytes may still be on their way. */
  readonly resendAtMs: number;
}

export interface ReplayTerms {
  /**
   * For how long the provider is known to refuse a key that it has seen, ms. 0: not known, so nothing is replayed. It runs
   * from the first send that is not proven not_sent: whatever was received, was received after that.
   */
  readonly windowMs: number;
  /** Most that passes between the claim of a send and its last byte: the lease, ms. */
  readonly holdMs: number;
}

export type ReplayPlan =
  /** The attempt may be sent again, under its own key, by a claim between these two moments. */
  | { readonly kind: 'planned'; readonly fromMs: number; readonly byMs: number }
  | { readonly kind: 'none'; readonly because: NoReplay };

/**
 * - `off`: no window is known.
 * - `many_lines`: what a provider does with a repeat of which it credited a part is not known.
 * - `validated`: the provider asked whether it may pay, and was told yes. A repeat that it took for a new request would ask in
 *   vain, and one that it did not ask for would be paid.
 * - `told`: an answer says more than "lost": a repeat of the key could add nothing to it.
 * - `not_in_doubt`: nothing of it left; it is not replayed, its line is queued for another attempt.
 * - `sent_often`: the sends of an attempt are bounded.
 * - `too_late`: inside the window no further send can start and end.
 */
export type NoReplay =
  | 'off'
  | 'many_lines'
  | 'validated'
  | 'told'
  | 'not_in_doubt'
  | 'sent_often'
  | 'too_late';

/** Sends of one attempt at most. A provider that loses so many answers in a row needs a person, not one more request. */
export const SENDS_MAX = 10;

/**
 * Whether, and when, an attempt may be sent again. The window binds every later send, so a replay of a replay has no more
 * time than the first; and it starts only if it also ends inside.
 */
export function planReplay(
  attempt: {
    readonly lines: number;
    /** Whether the gate has said yes to a line of it. */
    readonly validated: boolean;
    readonly sends: readonly EarlierSend[];
  },
  terms: ReplayTerms,
): ReplayPlan {
  const no = (because: NoReplay) => ({ kind: 'none', because }) as const;
  const { sends } = attempt;
  if (terms.windowMs <= 0) return no('off');
  if (attempt.lines !== 1) return no('many_lines');
  if (attempt.validated) return no('validated');
  if (!sends.every(({ ending }) => LEAVES_DOUBT.has(ending))) return no('told');
  const doubtful = sends.filter(({ ending }) => ending !== 'not_sent');
  if (doubtful.length === 0) return no('not_in_doubt');
  if (sends.length >= SENDS_MAX) return no('sent_often');
  const firstMs = Math.min(...doubtful.map(({ openedAtMs }) => openedAtMs));
  const byMs = firstMs + terms.windowMs - terms.holdMs;
  const fromMs = Math.max(...sends.map(({ resendAtMs }) => resendAtMs));
  return fromMs <= byMs ? { kind: 'planned', fromMs, byMs } : no('too_late');
}

/** Endings after which one more send of the same key could tell something new. */
const LEAVES_DOUBT: ReadonlySet<EarlierSend['ending']> = new Set([
  'unanswered',
  'unknown',
  'not_sent',
]);
