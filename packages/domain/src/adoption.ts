import type { LineState } from './line.ts';
import type { PastSend } from './retry.ts';

/** Why people must look at news whose line is not known, and the sentence that they read. */
export const ADOPTION_DOUBTS = {
  no_wish: 'it does not name a phone and a value',
  two_wishes: 'it names two phones or values',
  no_final_word: 'it says neither Success nor Failed',
  duplicate_text: 'it speaks of a duplicate: that proves nothing',
  two_verdicts: 'different things are said of that phone and amount',
  before_recovery:
    'sends of that phone and amount may have been forgotten: the database was recovered',
  other_doubt:
    'a send that is over may be the one: people decided, or another send of it was accepted',
  no_line: 'no line with that phone and amount waits for it',
  not_equally_many: 'there are not as many lines as request ids',
  came_before: 'it came before the line was sent',
  not_confirmed: 'the provider did not say the same when it was asked',
} as const;
export type AdoptionDoubt = keyof typeof ADOPTION_DOUBTS;

/** The words that end a matter; every other word says nothing. */
export type FinalWord = 'Success' | 'Failed';

/** A provider's request id that no answer brought and no line has adopted, and what was said of it. */
export interface UnattributedId {
  readonly requestId: string;
  /** Everything said of it, unprompted or when asked. */
  readonly words: readonly { readonly status: string; readonly description: string }[];
  /** A notification of it names another phone, value or account. */
  readonly elsewhere: boolean;
  /** When the first notification of it came, ms since 1970 on the ledger's clock. */
  readonly receivedAtMs: number;
}

/** An attempt of a line with that phone and amount: one of its sends may have made the request id. */
export interface DoubtfulAttempt {
  readonly batchNo: number;
  readonly seq: number;
  readonly attemptNo: number;
  /** Of the line; and whether this is its newest attempt, or it has none. */
  readonly state: LineState;
  readonly newest: boolean;
  /** It has a request id of its own. */
  readonly accepted: boolean;
  /** When its sends were opened of which it is not known how they ended, ms since 1970. */
  readonly doubtfulAtMs: readonly number[];
  /** How many of those have adopted a request id. */
  readonly adopted: number;
}

/** All that is known of one phone, currency and amount at one account. */
export interface AdoptionGroup {
  readonly ids: readonly UnattributedId[];
  readonly attempts: readonly DoubtfulAttempt[];
  /** When the database was last recovered, ms since 1970; undefined where it never was. */
  readonly recoveredAtMs: number | undefined;
}

export interface AdoptionPair {
  readonly requestId: string;
  readonly line: Pick<DoubtfulAttempt, 'batchNo' | 'seq' | 'attemptNo'>;
}

/**
 * - `adopt`: each id is one of these lines', if the provider confirms the verdict when asked for the id.
 * - `wait`: an answer, or more news, may still come.
 * - `worklist`: it is for people.
 */
export type AdoptionPlan =
  | { readonly kind: 'adopt'; readonly verdict: FinalWord; readonly pairs: readonly AdoptionPair[] }
  | { readonly kind: 'wait' }
  | { readonly kind: 'worklist'; readonly because: AdoptionDoubt };

/**
 * Whose the request ids are. Which line gets which id can't be known, and doesn't matter while one verdict holds for all: so
 * there must be as many lines as ids, and no other send that an id could come from.
 */
export function planAdoption(
  group: AdoptionGroup,
  terms: { readonly waitMs: number; readonly nowMs: number },
): AdoptionPlan {
  const youngestMs = Math.max(...group.ids.map(({ receivedAtMs }) => receivedAtMs));
  if (terms.nowMs - youngestMs < terms.waitMs) return { kind: 'wait' };
  if (group.attempts.some(({ state, newest }) => newest && state === 'sending'))
    return { kind: 'wait' };
  if (group.ids.some(({ elsewhere }) => elsewhere)) return doubt('two_wishes');
  const verdict = verdictOf(group.ids);
  if (verdict !== 'Success' && verdict !== 'Failed') return doubt(verdict);
  if (group.attempts.some((attempt) => isForgotten(attempt, group.recoveredAtMs)))
    return doubt('before_recovery');
  const open = group.attempts.filter((attempt) => openedAt(attempt) < youngestMs);
  const candidates = open.filter(({ newest, state }) => newest && state === 'unresolved');
  if (candidates.length < open.length) return doubt('other_doubt');
  return pair(group.ids, candidates, verdict);
}

/**
 * The sends of an attempt, each adopted id in the place of one in doubt; which one can't be known, and doesn't matter. An id that
 * our own late answer has brought stands for that send already.
 */
export function placeAdopted(
  sends: readonly PastSend[],
  adopted: readonly PastSend[],
): readonly PastSend[] {
  const brought = new Set(sends.map(idOf));
  const left = adopted.filter((send) => !brought.has(idOf(send)));
  const placed = sends.map((send) => (DOUBTFUL.has(send.ending.kind) && left.pop()) || send);
  return [...placed, ...left];
}

function idOf({ ending }: PastSend): string | undefined {
  return ending.kind === 'accepted' ? ending.requestId : undefined;
}

const DOUBTFUL: ReadonlySet<PastSend['ending']['kind']> = new Set([
  'duplicate',
  'unknown',
  'unanswered',
]);

function doubt(because: AdoptionDoubt): AdoptionPlan {
  return { kind: 'worklist', because };
}

function verdictOf(ids: readonly UnattributedId[]): FinalWord | AdoptionDoubt {
  const verdicts = new Set(ids.map(wordOf));
  const [verdict = 'no_final_word'] = verdicts;
  return verdicts.size > 1 ? 'two_verdicts' : verdict;
}

function wordOf({ words }: UnattributedId): FinalWord | AdoptionDoubt {
  if (words.some(({ description }) => /duplicate/i.test(description))) return 'duplicate_text';
  const said = new Set(words.map(({ status }) => status));
  if (said.has('Success') && said.has('Failed')) return 'two_verdicts';
  if (said.has('Success')) return 'Success';
  return said.has('Failed') ? 'Failed' : 'no_final_word';
}

/** It waits, and what it waits for isn't here; or it may have adopted an id, and that is not here any more. */
function isForgotten(attempt: DoubtfulAttempt, recoveredAtMs = -Infinity): boolean {
  const { state, accepted, doubtfulAtMs } = attempt;
  if (doubtfulAtMs.length === 0) return state === 'unresolved' && attempt.newest && !accepted;
  return openedAt(attempt) < recoveredAtMs;
}

/** When the first of its sends was opened that has no id yet. Those with an id count as the earliest; Infinity where all have. */
function openedAt({ doubtfulAtMs, adopted }: DoubtfulAttempt): number {
  return doubtfulAtMs.toSorted((a, b) => a - b)[adopted] ?? Infinity;
}

function pair(
  ids: readonly UnattributedId[],
  lines: readonly DoubtfulAttempt[],
  verdict: FinalWord,
): AdoptionPlan {
  if (lines.length === 0) return doubt('no_line');
  if (lines.length !== ids.length) return doubt('not_equally_many');
  // Earliest to earliest: if any pairing has every line sent before its news came, this one has.
  const inOrder = lines.toSorted(
    (a, b) => openedAt(a) - openedAt(b) || a.batchNo - b.batchNo || a.seq - b.seq,
  );
  const pairs: AdoptionPair[] = [];
  for (const id of ids.toSorted((a, b) => a.receivedAtMs - b.receivedAtMs)) {
    const line = inOrder[pairs.length];
    if (!line || openedAt(line) >= id.receivedAtMs) return doubt('came_before');
    const { batchNo, seq, attemptNo } = line;
    pairs.push({ requestId: id.requestId, line: { batchNo, seq, attemptNo } });
  }
  return { kind: 'adopt', verdict, pairs };
}
