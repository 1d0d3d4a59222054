import { claimOfKey, claimOfLine } from '../book/asking.ts';
import type { Book } from '../book/book.ts';
import type { Behaviour } from '../settings.ts';
import type { Received } from './received.ts';
import type { Verdict } from './verdict.ts';

/** What made a request a duplicate. */
export type DuplicateBy = 'key' | 'guard';

/**
 * Two separate checks (contract section 1.4). The key: the same username and key came less than KEY_SECONDS ago; repeats do
 * not prolong that. The guard: a request without a key (or any, with GUARD_KEYED) asks for what the same username's phone
 * was granted less than GUARD_SECONDS ago. What is being validated counts for both as done. What the provider does where only one of many recipients is a duplicate is
 * unknown: here it refuses all of them. A phone that stands twice in one request is no duplicate of itself.
 */
export function duplicateBy(
  book: Book,
  behaviour: Behaviour,
  received: Received,
  verdicts: readonly Verdict[],
): DuplicateBy | undefined {
  const { key, atMs, send } = received;
  if (key !== undefined && behaviour.KEY_SECONDS > 0) {
    if (!book.asking.isEmpty && book.asking.has(claimOfKey(send.username, key))) return 'key';
    const seenAtMs = book.requests.keySeenAt(send.username, key);
    if (seenAtMs !== undefined && atMs - seenAtMs < behaviour.KEY_SECONDS * 1000) return 'key';
  }
  const guarded = key === undefined || behaviour.GUARD_KEYED;
  if (!guarded || behaviour.GUARD_SECONDS === 0) return undefined;
  const sinceMs = atMs - behaviour.GUARD_SECONDS * 1000;
  const granted = (verdict: Verdict) => wasGranted(book, send.username, verdict, sinceMs);
  return verdicts.some(granted) ? 'guard' : undefined;
}

function wasGranted(book: Book, username: string, verdict: Verdict, sinceMs: number): boolean {
  if (verdict.kind === 'refused') return false;
  const { currency, tenThousandths } = verdict.money;
  const claim = () => claimOfLine(username, verdict.phone, currency, tenThousandths);
  if (!book.asking.isEmpty && book.asking.has(claim())) return true;
  for (const place of book.credits.equalTo(verdict.phone, currency, tenThousandths)) {
    const request = book.credits.requestAt(place);
    if (book.requests.timeAt(request) <= sinceMs) return false;
    if (book.requests.usernameAt(request) === username) return true;
  }
  return false;
}
