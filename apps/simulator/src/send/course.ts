import type { Book } from '../book/book.ts';
import { readPhone } from '../phone.ts';
import { type Reply, type RequestScenario, scenarioOf } from '../scenario.ts';
import type { Behaviour } from '../settings.ts';
import { faultMet, identityOf, type Met } from './meet.ts';
import type { Received } from './received.ts';

/** How a request is to go, before anything is looked at but its phones and its identity. */
export interface Course {
  readonly reaches: Met['reaches'];
  /** What the client gets instead of the truthful answer. */
  readonly reply?: Reply;
  /** Ending digits of the magic phone that decides. */
  readonly scenario?: string;
  readonly met?: Met;
}

const PLAIN: Course = { reaches: 'credited' };

/** A magic phone for whole requests decides, else the fault that the request meets, if any. Counts the arrival. */
export function courseOf(book: Book, behaviour: Behaviour, received: Received): Course {
  const met = behaviour.faults.length === 0 ? undefined : meet(book, behaviour, received);
  const scenario = behaviour.MAGIC ? requestScenarioOf(received) : undefined;
  if (scenario) {
    return { reaches: scenario.reaches, reply: scenario.reply, scenario: scenario.ending };
  }
  if (!met) return PLAIN;
  const { reply } = met.fault;
  return { reaches: met.reaches, met, ...(reply && { reply }) };
}

function meet(book: Book, behaviour: Behaviour, received: Received): Met | undefined {
  const identity = identityOf(received);
  const cameBefore = book.addArrival(identity);
  return faultMet(behaviour.faults, behaviour.FAULT_SEED, identity, cameBefore);
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
