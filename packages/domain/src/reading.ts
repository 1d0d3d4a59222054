import type {
  AnswerReading,
  AskedLine,
  LineEnding,
  Oddity,
  ProviderAnswer,
  ProviderResponse,
  ResponseContent,
  ResponseEntry,
} from './answer.ts';
import type { Ending } from './ending.ts';
import { formatMoney } from './money.ts';
import { maskMsisdn } from './msisdn.ts';

/** Texts of the provider that decide something. Settings: the provider publishes no list and may change them. */
export interface KnownTexts {
  /** Exact top-level texts which say that nothing of the request was sent (contract 1.5). */
  readonly nothingSent: readonly string[];
  /** Exact texts which are about the line that they stand at (contract 1.6): many in a row are no trouble of the account. */
  readonly aboutLine: readonly string[];
}

export const DEFAULT_TEXTS: KnownTexts = {
  nothingSent: [
    'Airtime is not enabled for this account',
    'Request is over the trial limit. Submit your KYC to remove limit',
    'Invalid Requests',
  ],
  aboutLine: ['Value Outside The Allowed Limits', 'Invalid phone number'],
};

/**
 * Any mention of a duplicate. Wider than the recorded text (contract 1.4) on purpose: a duplicate that is taken for a
 * refusal can be paid twice, a refusal that is taken for a duplicate waits for a person.
 */
const DUPLICATE = /duplicate/i;
/** Ids of accepted lines (contract 1.2). */
const REQUEST_ID = /^ATQid_[0-9A-Za-z]{1,64}$/;
const NOT_AUTHORISED = new Set([400, 401, 403]);
/** Characters of a text about the whole request that stand with each of its lines. */
const TEXT_KEPT = 500;

/** Judges the answer to one send by the ordered rules of the design (section 5). Whatever they don't list is unknown. */
export function readAnswer(
  asked: readonly AskedLine[],
  answer: ProviderAnswer,
  texts: KnownTexts = DEFAULT_TEXTS,
): AnswerReading {
  switch (answer.kind) {
    case 'not_sent':
      return forAll(asked, { kind: 'not_sent', reason: answer.reason });
    case 'lost':
      return forAll(asked, { kind: 'unknown', reason: answer.reason });
    case 'response':
      return readResponse(asked, answer, texts);
  }
}

function readResponse(
  asked: readonly AskedLine[],
  response: ProviderResponse,
  texts: KnownTexts,
): AnswerReading {
  const { status, content, body } = response;
  const error = content && content.errorMessage !== 'None' ? content.errorMessage : '';
  if (NOT_AUTHORISED.has(status)) {
    const reason = `http_${status}`;
    return DUPLICATE.test(body)
      ? forAll(asked, { kind: 'duplicate', reason }, body)
      : forAll(asked, { kind: 'refused', scope: 'account', reason }, body);
  }
  if (status !== 200 && status !== 201) {
    return forAll(asked, { kind: 'unknown', reason: `http_${status}` }, error);
  }
  if (!content) return forAll(asked, { kind: 'unknown', reason: 'unreadable' });
  const lineTexts = content.entries.some((entry) => DUPLICATE.test(entry.errorMessage));
  if (DUPLICATE.test(error) || (!lineTexts && DUPLICATE.test(body))) {
    return forAll(asked, { kind: 'duplicate', reason: 'duplicate' }, error);
  }
  return readEntries(asked, content, nothingSent(content, texts));
}

/** Rule 3: a known text, nothing counted, and no line that says otherwise or speaks of a duplicate. */
function nothingSent(content: ResponseContent, texts: KnownTexts): string | undefined {
  const known = texts.nothingSent.includes(content.errorMessage);
  const silent = content.entries.every(
    (entry) => isRefusal(entry) && !DUPLICATE.test(entry.errorMessage),
  );
  const none = content.numSent === 0 && silent;
  return known && none ? content.errorMessage : undefined;
}

/** Rule 4: line by line, matched by phone; the order of answers means nothing (contract 1.2). */
function readEntries(
  asked: readonly AskedLine[],
  content: ResponseContent,
  nothing: string | undefined,
): AnswerReading {
  const oddities: Oddity[] = [];
  const shared = sharedIds(content.entries);
  const proven = content.entries.filter((entry) => isAcceptance(entry, shared));
  const countFits = content.numSent === proven.length;
  if (!countFits) {
    const detail = `numSent ${content.numSent ?? 'missing'}, ${proven.length} lines with an id`;
    oddities.push({ kind: 'count_differs', msisdn: undefined, detail });
  }
  const whole = content.errorMessage === 'None' ? '' : content.errorMessage.slice(0, TEXT_KEPT);
  const byPhone = Map.groupBy(content.entries, (entry) => entry.phoneNumber);
  const lines = asked.map((line): LineEnding => {
    const entries = byPhone.get(line.msisdn) ?? [];
    byPhone.delete(line.msisdn);
    const [entry] = entries;
    const speechless = entry && isRefusal(entry) && entry.errorMessage === 'None';
    if (!entry || (nothing !== undefined && speechless)) {
      return { ending: missing(nothing), status: entry?.status ?? '', errorText: whole };
    }
    const accepted = entries.filter((candidate) => isAcceptance(candidate, shared));
    oddities.push(...odditiesOf(line, entries, accepted, shared));
    const told = accepted[0] ?? entry;
    const ending = endingOf(told, entries.length, accepted.length > 0, countFits);
    return { ending, status: told.status, errorText: told.errorMessage };
  });
  for (const phone of byPhone.keys()) {
    oddities.push({ kind: 'unasked_line', msisdn: undefined, detail: maskMsisdn(phone) });
  }
  return { lines, oddities };
}

function missing(nothing: string | undefined): Ending {
  return nothing === undefined
    ? { kind: 'unknown', reason: 'line_missing' }
    : { kind: 'refused', scope: 'account', reason: 'nothing_sent' };
}

function endingOf(
  entry: ResponseEntry,
  mentions: number,
  accepted: boolean,
  countFits: boolean,
): Ending {
  if (accepted) {
    const { requestId, amount, discount } = entry;
    return { kind: 'accepted', requestId, amount, discount };
  }
  if (DUPLICATE.test(entry.errorMessage)) return { kind: 'duplicate', reason: 'duplicate' };
  if (mentions > 1) return { kind: 'unknown', reason: 'listed_twice' };
  if (!isRefusal(entry)) return { kind: 'unknown', reason: 'unrecognised' };
  if (!countFits) return { kind: 'unknown', reason: 'count_differs' };
  return { kind: 'refused', scope: 'line', reason: 'line_refused' };
}

/** Only this proves that a line was not sent: Failed, and no id (contract 1.6). */
function isRefusal(entry: ResponseEntry): boolean {
  return entry.status === 'Failed' && entry.requestId === 'None';
}

/** An id of its own, and not called failed: taken, whatever word the status is (contract 1.6). */
function isAcceptance(entry: ResponseEntry, shared: ReadonlySet<string>): boolean {
  const { status, requestId, errorMessage } = entry;
  return (
    status !== 'Failed' &&
    REQUEST_ID.test(requestId) &&
    !shared.has(requestId) &&
    !DUPLICATE.test(errorMessage)
  );
}

/** Ids that stand at two different phones prove neither. */
function sharedIds(entries: readonly ResponseEntry[]): ReadonlySet<string> {
  const owner = new Map<string, string>();
  const shared = new Set<string>();
  for (const { requestId, phoneNumber } of entries) {
    const first = owner.get(requestId);
    if (first === undefined) owner.set(requestId, phoneNumber);
    else if (first !== phoneNumber && requestId !== 'None') shared.add(requestId);
  }
  return shared;
}

function odditiesOf(
  line: AskedLine,
  entries: readonly ResponseEntry[],
  accepted: readonly ResponseEntry[],
  shared: ReadonlySet<string>,
): Oddity[] {
  const found: Oddity[] = [];
  const note = (kind: Oddity['kind'], detail: string) =>
    found.push({ kind, msisdn: line.msisdn, detail });
  if (entries.length > 1) note('listed_twice', `${entries.length} times`);
  const ids = new Set(accepted.map((entry) => entry.requestId));
  if (ids.size > 1) note('credited_twice', [...ids].join(' '));
  for (const { requestId } of entries)
    if (shared.has(requestId)) note('request_id_shared', requestId);
  const amount = accepted[0]?.amount;
  if (accepted[0] && !(amount && sameMoney(amount, line.amount))) {
    note(
      'amount_differs',
      `asked ${formatMoney(line.amount)}, told ${amount ? formatMoney(amount) : 'none'}`,
    );
  }
  return found;
}

function sameMoney(a: AskedLine['amount'], b: AskedLine['amount']): boolean {
  return a.currency === b.currency && a.units === b.units;
}

function forAll(asked: readonly AskedLine[], ending: Ending, errorText = ''): AnswerReading {
  const text = errorText.slice(0, TEXT_KEPT);
  return { lines: asked.map(() => ({ ending, status: '', errorText: text })), oddities: [] };
}
