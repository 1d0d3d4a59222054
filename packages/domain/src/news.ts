import { fold, type SendEnding } from './fold.ts';
import { lineMoves, type LineState } from './line.ts';

/**
 * What the provider said of one of its request ids, over all notifications and enquiries. Only final words are kept: what
 * else it says, says nothing.
 */
export interface Words {
  /** It said `Success`. */
  readonly success: boolean;
  /** It said `Failed`, and did not call it a duplicate. */
  readonly failed: boolean;
  /** It said `Failed` with a text that speaks of a duplicate: something equal was received, and may have been paid. */
  readonly duplicate: boolean;
}

/** Whether a status that the provider told is its last word; every other one says nothing. */
export function isFinalWord(status: string): boolean {
  return status === 'Success' || status === 'Failed';
}

/** One attempt of a line. */
export interface ToldAttempt {
  readonly sends: readonly SendEnding[];
  /** Request ids that were found to be its, besides those that answers brought. */
  readonly adopted: readonly string[];
}

/** All that is known of one line. */
export interface LineFacts {
  readonly state: LineState;
  /** Oldest first. */
  readonly attempts: readonly ToldAttempt[];
  /** Per request id; an id that nothing final was said of may be absent. */
  readonly words: ReadonlyMap<string, Words>;
  /** Its newest attempt had no news for so long that it counts as unresolved. */
  readonly silent: boolean;
  /** What two people decided of its newest attempt. */
  readonly decided: 'paid' | 'unpaid' | undefined;
  /** The database was recovered after its newest attempt was opened: there may have been another one. */
  readonly forgotten: boolean;
}

export type NewsVerdict =
  /** It is where it belongs. */
  | { readonly kind: 'stays' }
  /** A send of it is under way: its answer is needed first. */
  | { readonly kind: 'waits' }
  /** `requestId`: what the news that moves it speaks of; undefined where that is no id. */
  | { readonly kind: 'moves'; readonly to: LineState; readonly requestId: string | undefined };

/** What a person should know. The same facts give the same detail. */
export interface NewsOddity {
  readonly kind: 'contradicting_news' | 'credited_twice' | 'success_not_applied';
  readonly detail: string;
}

export interface NewsJudgement {
  readonly verdict: NewsVerdict;
  readonly oddities: readonly NewsOddity[];
}

/**
 * Where all that is known of a line puts it. It looks at everything at once, so the order in which news came does not matter.
 * A success outweighs everything; a failure speaks for its request id alone, so the newest attempt is folded again with it as
 * a refusal; a failure as a duplicate proves nothing, and makes even a failed line unresolved.
 */
export function judgeNews(facts: LineFacts): NewsJudgement {
  const paid = idsOf(facts).filter((id) => facts.words.get(id)?.success);
  const verdict = judge(facts, paid);
  return { verdict, oddities: findOddities(facts, paid, verdict) };
}

function judge(facts: LineFacts, paid: readonly string[]): NewsVerdict {
  const { state } = facts;
  if (state === 'sending') return { kind: 'waits' };
  const [proof] = paid;
  if (proof !== undefined) return moveTo(state, 'succeeded', proof);
  switch (state) {
    case 'sent':
    case 'unresolved':
      return judgeNewest(facts);
    case 'failed':
    case 'queued':
    case 'held': {
      const duplicate = newestIds(facts).find((id) => facts.words.get(id)?.duplicate);
      if (duplicate === undefined || facts.decided !== undefined) return STAYS;
      return foldNewest(facts).kind === 'unresolved'
        ? moveTo(state, 'unresolved', duplicate)
        : STAYS;
    }
    case 'pending':
    case 'succeeded':
    case 'cancelled':
      return STAYS;
  }
}

/** A line that waits for news, without a success. */
function judgeNewest(facts: LineFacts): NewsVerdict {
  const { state, decided } = facts;
  if (decided !== undefined) {
    return moveTo(state, decided === 'paid' ? 'succeeded' : 'failed', undefined);
  }
  const outcome = foldNewest(facts);
  const ids = newestIds(facts);
  switch (outcome.kind) {
    case 'accepted':
      return facts.silent
        ? moveTo(state, 'unresolved', undefined)
        : moveTo(state, 'sent', outcome.requestId);
    case 'unresolved':
      return moveTo(
        state,
        'unresolved',
        ids.find((id) => isFailed(facts.words.get(id))),
      );
    case 'refused':
    case 'not_sent':
      return moveTo(
        state,
        'failed',
        ids.find((id) => facts.words.get(id)?.failed),
      );
  }
}

function foldNewest({ attempts, words, forgotten }: LineFacts) {
  const { sends = [], adopted = [] } = attempts.at(-1) ?? {};
  const left = adoptedAlone(sends, adopted);
  const told = sends.map((ending): SendEnding => {
    if (ending.kind === 'accepted') return endingOf(ending.requestId, words);
    const id = DOUBTFUL.has(ending.kind) ? left.pop() : undefined;
    return id === undefined ? ending : endingOf(id, words);
  });
  const more = left.map((id) => endingOf(id, words));
  return fold([...told, ...more, ...(forgotten ? [UNANSWERED] : [])]);
}

/** Each stands for one doubtful send, whichever: they fold alike. Our own late answer may have brought one of them. */
function adoptedAlone(sends: readonly SendEnding[], adopted: readonly string[]): string[] {
  const answered = new Set(sends.map((send) => send.kind === 'accepted' && send.requestId));
  return adopted.filter((id) => !answered.has(id));
}

function endingOf(requestId: string, words: LineFacts['words']): SendEnding {
  const said = words.get(requestId);
  if (said?.duplicate) return { kind: 'unknown' };
  return said?.failed ? { kind: 'refused', scope: 'line' } : { kind: 'accepted', requestId };
}

function findOddities(
  facts: LineFacts,
  paid: readonly string[],
  verdict: NewsVerdict,
): NewsOddity[] {
  const oddities = paid
    .filter((id) => isFailed(facts.words.get(id)))
    .map((detail): NewsOddity => ({ kind: 'contradicting_news', detail }));
  if (paid.length > 1) {
    oddities.push({ kind: 'credited_twice', detail: paid.toSorted().join(', ') });
  }
  const [proof] = paid;
  const applied = verdict.kind !== 'stays' || facts.state === 'succeeded';
  if (proof !== undefined && !applied)
    oddities.push({ kind: 'success_not_applied', detail: proof });
  return oddities;
}

function moveTo(from: LineState, to: LineState, requestId: string | undefined): NewsVerdict {
  return from !== to && lineMoves.allows(from, to) ? { kind: 'moves', to, requestId } : STAYS;
}

function idsOf({ attempts }: LineFacts): string[] {
  return [...new Set(attempts.flatMap(idsOfAttempt))];
}

function newestIds({ attempts }: LineFacts): string[] {
  return attempts.slice(-1).flatMap(idsOfAttempt);
}

function idsOfAttempt({ sends, adopted }: ToldAttempt): string[] {
  return [...sends.flatMap((send) => (send.kind === 'accepted' ? send.requestId : [])), ...adopted];
}

function isFailed(words: Words | undefined): boolean {
  return words !== undefined && (words.failed || words.duplicate);
}

const STAYS: NewsVerdict = { kind: 'stays' };
const UNANSWERED: SendEnding = { kind: 'unanswered' };
const DOUBTFUL: ReadonlySet<SendEnding['kind']> = new Set(['duplicate', 'unknown', 'unanswered']);
