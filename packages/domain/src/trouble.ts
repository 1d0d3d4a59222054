import type { AnswerReading, LineEnding, ProviderAnswer } from './answer.ts';
import type { KnownTexts } from './reading.ts';

/**
 * What one call says of the provider itself, whatever becomes of its lines.
 *
 * - `works`: it took a line, refused one for a reason, or knew one already.
 * - `unreached`: the network did not get to it.
 * - `unclear`: it may have got the call, and nothing is certain of any line.
 * - `silent`: says nothing of it: we held the call back ourselves.
 */
export interface CallSign {
  readonly kind: 'works' | 'unreached' | 'unclear' | 'silent';
  /** In a word, where it does not work: ECONNREFUSED, timeout, http_503. */
  readonly reason: string;
  /** Whether any line of it was accepted. */
  readonly accepted: boolean;
  /** Texts that are on no list, in the order of the lines, equal neighbours counted. None where a line was accepted. */
  readonly puzzles: readonly Puzzle[];
  /** Set where the provider said that it is too much at once (429). */
  readonly throttled: { readonly retryAfterMs: number | undefined } | undefined;
}

/** A text of the provider that nobody knows, and how many lines in a row got it. */
export interface Puzzle {
  /** Runs of digits that may be a phone are masked. */
  readonly text: string;
  readonly lines: number;
}

/** What all calls of an account so far amount to. */
export interface Trouble {
  /** Set where calls fail: for how long no call has worked, since they began to be held back, ms; and how the last one failed. */
  readonly failing:
    | {
        readonly kind: 'unreached' | 'unclear';
        readonly reason: string;
        readonly forMs: number;
      }
    | undefined;
  /** The longest run of one puzzling text. */
  readonly puzzle: Puzzle | undefined;
}

export interface TroubleLimits {
  /** How long an account may be in trouble without one success until it is stopped, ms. */
  readonly patienceMs: number;
  /** Equal unrecognised answers in a row, in lines, that stop the account. */
  readonly equalAnswersMax: number;
}

/** Endings that we caused ourselves before a byte left. They say nothing of the provider. */
const OUR_OWN: ReadonlySet<string> = new Set(['stopped', 'send_by_passed', 'commit_in_doubt']);
const TOO_MANY_REQUESTS = 429;
/** Characters kept of a text: enough to recognise it, and it stands in a reason that people read. */
const PUZZLE_TEXT_MAX = 200;
/** A phone has more digits than this; an amount or a code seldom has. */
const LONG_NUMBER = /\d{6,}/g;

/** Reads the sign of one call out of its answer and how that was read. */
export function signOf(
  answer: ProviderAnswer,
  reading: AnswerReading,
  texts: Pick<KnownTexts, 'aboutLine'>,
): CallSign {
  const accepted = reading.lines.some(({ ending }) => ending.kind === 'accepted');
  const limited = answer.kind === 'response' && answer.status === TOO_MANY_REQUESTS;
  return {
    ...verdictOf(answer, reading),
    accepted,
    puzzles: accepted ? [] : puzzlesOf(answer, reading, texts),
    throttled: limited ? { retryAfterMs: answer.retryAfterMs } : undefined,
  };
}

/** Why the account is to be stopped, in words for people; undefined where it may go on. */
export function judgeTrouble(trouble: Trouble, limits: TroubleLimits): string | undefined {
  const { failing, puzzle } = trouble;
  if (puzzle && puzzle.lines >= limits.equalAnswersMax) {
    return `the provider gave ${puzzle.lines} lines in a row the same unknown answer: "${puzzle.text}"`;
  }
  if (!failing || failing.forMs < limits.patienceMs) return undefined;
  const seconds = Math.round(failing.forMs / 1_000);
  const what =
    failing.kind === 'unreached'
      ? 'the provider was not reached'
      : 'the provider gave no clear answer';
  return `${what} for ${seconds} s: ${failing.reason}`;
}

function verdictOf(
  answer: ProviderAnswer,
  { lines }: AnswerReading,
): Pick<CallSign, 'kind' | 'reason'> {
  if (answer.kind === 'not_sent') {
    const { reason } = answer;
    return { kind: OUR_OWN.has(reason) ? 'silent' : 'unreached', reason };
  }
  const unknown = lines.find(({ ending }) => ending.kind === 'unknown')?.ending;
  const certain = lines.some(({ ending }) => ending.kind !== 'unknown');
  if (unknown?.kind !== 'unknown' || certain) return { kind: 'works', reason: '' };
  return { kind: 'unclear', reason: unknown.reason };
}

function puzzlesOf(
  answer: ProviderAnswer,
  reading: AnswerReading,
  texts: Pick<KnownTexts, 'aboutLine'>,
): Puzzle[] {
  const whole = answer.kind === 'response' ? (answer.content?.errorMessage ?? '') : '';
  const puzzles: { text: string; lines: number }[] = [];
  for (const line of reading.lines) {
    const said = isPuzzling(line) ? textOf(line.errorText) || textOf(whole) : '';
    if (said === '' || texts.aboutLine.includes(said)) continue;
    const text = said.replaceAll(LONG_NUMBER, '…').slice(0, PUZZLE_TEXT_MAX);
    const last = puzzles.at(-1);
    if (last?.text === text) last.lines += 1;
    else puzzles.push({ text, lines: 1 });
  }
  return puzzles;
}

/** A refusal for the account stops it by itself, and a duplicate is recognised. */
function isPuzzling({ ending }: LineEnding): boolean {
  return ending.kind === 'unknown' || (ending.kind === 'refused' && ending.scope === 'line');
}

/** The provider says "None" for none. */
function textOf(text: string): string {
  const said = text.trim();
  return said === 'None' ? '' : said;
}
