import type { Book } from '../book/book.ts';
import { readPhone } from '../phone.ts';
import { type RequestScenario, scenarioOf, TEXTS } from '../scenario.ts';
import type { Behaviour } from '../settings.ts';
import { type Answer, refusalAnswer } from './answer.ts';
import { creditAll } from './credit.ts';
import { type DuplicateBy, duplicateBy } from './duplicate.ts';
import type { Received } from './received.ts';
import { wholeRefusal } from './refusal.ts';
import { judge } from './verdict.ts';

/** What the provider did with a request, whatever it then tells. */
export interface Taken {
  readonly ending: 'answered' | 'refused' | 'turned away' | 'left' | `duplicate ${DuplicateBy}`;
  /** How many lines were accepted. */
  readonly accepted: number;
  /** The truthful answer; without lines where the request was turned away or left undone, which its scenario replaces. */
  readonly answer: Answer;
  /** How the answer is spoilt. A duplicate's answer never is, so that a second send of a key shows what the key does. */
  readonly scenario: RequestScenario | undefined;
}

/**
 * Takes a request all the way: duplicates, refusals, credits. Runs in one turn of the event loop, so two requests with one
 * key can't both be first.
 */
export function take(book: Book, behaviour: Behaviour, received: Received): Taken {
  const scenario = behaviour.MAGIC ? requestScenarioOf(received) : undefined;
  const none = { accepted: 0, answer: refusalAnswer('None'), scenario };
  if (scenario?.reaches === 'turned_away') return { ...none, ending: 'turned away' };

  const { recipients, username } = received.send;
  const verdicts = recipients.map((asked) => judge(asked, behaviour.limits, behaviour.MAGIC));
  const duplicate = duplicateBy(book, behaviour, received, verdicts);
  if (duplicate) {
    const answer = refusalAnswer(TEXTS.duplicate);
    return { ending: `duplicate ${duplicate}`, accepted: 0, answer, scenario: undefined };
  }

  let place: number | undefined;
  const { number, atMs, key } = received;
  const request = () => (place ??= book.addRequest({ number, atMs, username, key }));
  if (key !== undefined && behaviour.KEY_REMEMBERED === 'received') request();
  if (scenario?.reaches === 'received') return { ...none, ending: 'left' };

  const refusal = wholeRefusal(book, behaviour, verdicts);
  if (refusal !== undefined) {
    return { ...none, ending: 'refused', answer: refusalAnswer(refusal) };
  }
  const answer = creditAll(book, behaviour, verdicts, request);
  return { ending: 'answered', accepted: answer.numSent, answer, scenario };
}

function requestScenarioOf(received: Received): RequestScenario | undefined {
  for (const { phoneNumber } of received.send.recipients) {
    // Only what ends in 99xx can be magic: spares most recipients a second reading of their phone.
    if (phoneNumber.slice(-4, -2) !== '99') continue;
    const phone = readPhone(phoneNumber);
    const scenario = phone === undefined ? undefined : scenarioOf(phone);
    if (scenario?.scope === 'request') return scenario;
  }
  return undefined;
}
