import type { Book } from '../book/book.ts';
import { type Reply, TEXTS } from '../scenario.ts';
import type { Behaviour } from '../settings.ts';
import { type Answer, refusalAnswer } from './answer.ts';
import { type Course, courseOf } from './course.ts';
import { creditAll, putOffAll } from './credit.ts';
import { type DuplicateBy, duplicateBy } from './duplicate.ts';
import { faulted, isPlain, totalled } from './faulted.ts';
import type { Received } from './received.ts';
import { wholeRefusal } from './refusal.ts';
import { judge, type Verdict } from './verdict.ts';

/** What the provider did with a request, whatever it then tells. */
export interface Taken {
  readonly ending: Ending;
  /** How many lines were accepted, or will be. */
  readonly accepted: number;
  /** The truthful answer; without lines where nothing was done yet, which a reply then replaces. */
  readonly answer: Answer;
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
  | `duplicate ${DuplicateBy}`;

/**
 * Takes a request all the way: fault, duplicates, refusals, credits. Runs in one turn of the event loop, so two requests with
 * one key can't both be first.
 */
export function take(book: Book, behaviour: Behaviour, received: Received): Taken {
  const course = courseOf(book, behaviour, received);
  const done = follow(book, behaviour, received, course);
  const fault = course.met?.fault.name ?? null;
  const magic = done.ending.startsWith('duplicate') ? undefined : course.scenario;
  const reply = course.met || magic !== undefined ? course.reply : undefined;
  if (fault !== null) {
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
  const { ending, accepted, answer } = done;
  return { ending, accepted, answer, reply, scenario: magic ?? null, fault };
}

interface Done {
  readonly ending: Ending;
  readonly accepted: number;
  readonly answer: Answer;
  /** As they were carried out. */
  readonly verdicts: readonly Verdict[];
}

function follow(book: Book, behaviour: Behaviour, received: Received, course: Course): Done {
  const { reaches, met } = course;
  const nothing = (ending: Ending, text = 'None'): Done => {
    return { ending, accepted: 0, answer: refusalAnswer(text), verdicts: [] };
  };
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
  const verdicts = met ? faulted(judged, met) : judged;
  const answer = creditAll(book, totalled(behaviour, met), verdicts, request);
  return { ending: 'answered', accepted: answer.numSent, answer, verdicts };
}
