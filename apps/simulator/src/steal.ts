import { withNotifyFault } from './notify/fault.ts';
import type { Provider } from './provider.ts';
import { judge } from './send/verdict.ts';
import type { Said } from './validate/validator.ts';

/** How a theft ended. */
export interface Stolen {
  /** What the validation said; null where none was asked, because there is no VALIDATE_URL or the line is refused anyway. */
  readonly validation: Said | null;
  readonly credited: boolean;
  /** Of the credit, if it came to one. */
  readonly requestId: string | null;
}

/**
 * What a thief with the account's key does: a send that its owner knows nothing of. Meets no faults of sends, and is credited
 * if the validation lets it pass. Its request is booked as that of the user `thief`.
 */
export async function steal(
  provider: Provider,
  phoneNumber: string,
  amount: string,
): Promise<Stolen> {
  const { book, settings, validator, notifier, traffic, world } = provider;
  const { limits, MAGIC } = settings.behaviour;
  const verdict = judge({ phoneNumber, amount }, limits, MAGIC);
  if (verdict.kind === 'refused') return { validation: null, credited: false, requestId: null };
  const { phone, money } = verdict;
  const { era } = book;
  const line = { ...money, phone, key: undefined, sourceIpAddress: HIDEOUT };
  const validation = validator.isOn ? await validator.ask(line) : null;
  const passes = validation === null || validator.allows(validation);
  if (!passes || era !== book.era) return { validation, credited: false, requestId: null };
  const number = traffic.nextNumber();
  const atMs = world.now();
  const request = { number, atMs, username: THIEF, key: undefined, spendsKey: true };
  const credit = { ...money, phone, credited: true };
  const booked = withNotifyFault(credit, undefined, notifier.rules);
  const requestId = book.addCredit(booked, book.addRequest(request));
  await notifier.catchUp();
  return { validation, credited: booked.credited, requestId };
}

const THIEF = 'thief';
/** An address for documentation (RFC 5737), and so nobody's own. */
const HIDEOUT = '203.0.113.66';
