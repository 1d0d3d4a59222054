import type { Book } from '../book/book.ts';
import type { Credit } from '../book/credits.ts';
import { withNotifyFault } from '../notify/fault.ts';
import type { Provider } from '../provider.ts';
import { type Reply, TEXTS } from '../scenario.ts';
import type { Behaviour } from '../settings.ts';
import { type Answer, refusalAnswer } from './answer.ts';
import { type Course, courseOf } from './course.ts';
import { creditAll, putOffAll } from './credit.ts';
import { type DuplicateBy, duplicateBy } from './duplicate.ts';
import { faulted, isPlain, totalled } from './faulted.ts';
import type { Received } from './received.ts';
import { wholeRefusal } from './refusal.ts';
import { claimsOf, validated } from './validated.ts';
import { judge, type Verdict } from './verdict.ts';

/** What the provider did with a request, whatever it then tells. */
export interface Taken {
  readonly ending: Ending;
  /** How many lines were accepted, or will be. */
  readonly accepted: number;
  /** The truthful answer; without lines where nothing was done yet, which a reply then replaces. */
  readonly answer: Answer;
  /** What the answer must wait for, where a line is notified early. */
  readonly early: Promise<unknown> | undefined;
  /** What the client gets instead. A duplicate's answer is not spoilt by magic, so that a test sees what a key does. */
  readonly reply: Reply | undefined;
  /** Ending digits of the magic phone that decided, and name of the fault that did. */
  readonly scenario: string | null;
  readonly fault: string | null;
}

type Ending =
  | 'answered'
  | 'refused'
  | 'turned away'
  | 'left'
  | 'put off'
  /** The book was emptied or closed while the request was validated. */
  | 'forgotten'
  | `duplicate ${DuplicateBy}`;

/**
 * Takes a request all the way: fault, duplicates, refusals, validation, credits. Runs in one turn of the event loop up to the
 * validation, and in one from there; without a validation in a single one. So two requests with one key can't both be first.
 */
export async function take(provider: Provider, received: Received): Promise<Taken> {
  const { book, settings } = provider;
  const { behaviour } = settings;
  const course = courseOf(book, behaviour, received);
  const decided = decide(book, behaviour, received, course);
  const done = 'ending' in decided ? decided : await carryOut(provider, received, course, decided);
  const fault = course.met?.fault.name ?? null;
  const magic = done.ending.startsWith('duplicate') ? undefined : course.scenario;
  const spoilt = course.met || magic !== undefined ? course.reply : undefined;
  const reply = done.ending === 'forgotten' ? CUT : spoilt;
  if (fault !== null && done.ending !== 'forgotten') {
    book.addLie({
      requestNumber: received.number,
      atMs: received.atMs,
      key: received.key,
      fault,
      credited: done.accepted,
      truthful: reply === undefined && done.ending === 'answered' && done.verdicts.every(isPlain),
      phones: received.send.recipients.map((asked) => asked.phoneNumber),
    });
  }
  const { ending, accepted, answer, early } = done;
  return { ending, accepted, answer, early, reply, scenario: magic ?? null, fault };
}

interface Done {
  readonly ending: Ending;
  readonly accepted: number;
  readonly answer: Answer;
  readonly early?: Promise<unknown> | undefined;
  /** As they were carried out. */
  readonly verdicts: readonly Verdict[];
}

/** What is to be credited, if the validation lets it pass. */
interface Decided {
  readonly verdicts: readonly Verdict[];
  /** The place of the request in the book, where it is booked already because it spends its key. */
  readonly place: number | undefined;
  readonly spendsKey: boolean;
}

function decide(
  book: Book,
  behaviour: Behaviour,
  received: Received,
  { reaches, met }: Course,
): Done | Decided {
  if (reaches === 'turned_away') return nothing('turned away');

  const { recipients, username } = received.send;
  const judged = recipients.map((asked) => judge(asked, behaviour.limits, behaviour.MAGIC));
  const duplicate = duplicateBy(book, behaviour, received, judged);
  if (duplicate) return nothing(`duplicate ${duplicate}`, TEXTS.duplicate);

  let place: number | undefined;
  const { number, atMs, key } = received;
  const spendsKey = reaches !== 'part';
  const request = () => (place ??= book.addRequest({ number, atMs, username, key, spendsKey }));
  if (key !== undefined && spendsKey && behaviour.KEY_REMEMBERED === 'received') request();
  if (reaches === 'received') return nothing('left');

  const refusal = wholeRefusal(book, behaviour, judged);
  if (refusal !== undefined) return nothing('refused', refusal);
  if (reaches === 'late') {
    const accepted = putOffAll(book, judged, request(), atMs + behaviour.LATE_MS);
    return { ...nothing('put off'), accepted };
  }
  return { verdicts: met ? faulted(judged, met) : judged, place, spendsKey };
}

/** Has the lines validated, where that is asked for, and credits what passes. */
async function carryOut(
  provider: Provider,
  received: Received,
  course: Course,
  decided: Decided,
): Promise<Done> {
  const { book, validator, world } = provider;
  if (!validator.isOn) return credit(provider, received, course, decided, received.atMs);
  const { era } = book;
  const giveBack = book.asking.claim(claimsOf(received, decided.verdicts, decided.spendsKey));
  try {
    const verdicts = await validated(provider, received, decided.verdicts);
    if (era !== book.era) return nothing('forgotten');
    // Booked anew: others came meanwhile, and a credit belongs to the request before it.
    const spendsKey = decided.spendsKey && decided.place === undefined;
    const passed = { verdicts, place: undefined, spendsKey };
    return credit(provider, received, course, passed, world.now());
  } finally {
    // In the turn of the credits, so that nobody finds neither.
    giveBack();
  }
}

function credit(
  { book, settings, notifier }: Provider,
  { number, key, send: { username } }: Received,
  { met }: Course,
  { verdicts, place, spendsKey }: Decided,
  atMs: number,
): Done {
  let booked = place;
  const request = () => (booked ??= book.addRequest({ number, atMs, username, key, spendsKey }));
  const become = (line: Credit) => withNotifyFault(line, key, notifier.rules);
  const behaviour = totalled(settings.behaviour, met);
  const answer = creditAll(book, behaviour, verdicts, become, request);
  const early = notifier.catchUp();
  return { ending: 'answered', accepted: answer.numSent, answer, early, verdicts };
}

function nothing(ending: Ending, text = 'None'): Done {
  return { ending, accepted: 0, answer: refusalAnswer(text), verdicts: [] };
}

const CUT: Reply = { kind: 'cut' };
