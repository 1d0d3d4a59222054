import { type Chance, readChances } from './chance.ts';
import {
  type AcceptedTrick,
  html,
  type Reply,
  type RequestScenario,
  refusal,
  text,
  TEXTS,
} from './scenario.ts';

/** What can go wrong with a request by chance, as FAULTS sets it. Unlike a scenario it asks for no phone of its own. */
export interface Fault {
  readonly name: string;
  /**
   * How far the request gets. Besides those of a scenario: `before` is by the seed, half of the time, received or turned away;
   * `part` credits some lines and its key does not count as seen; `late` has its key counted and credits LATE_MS later.
   */
  readonly reaches: RequestScenario['reaches'] | 'before' | 'part' | 'late';
  /** What the client gets instead of the truthful answer. */
  readonly reply?: Reply;
  /** What happens to one plain accepted line, which the seed chooses. */
  readonly line?: AcceptedTrick;
  /** The totals stand in another currency than the wallet's; the rest is the truth. */
  readonly foreignTotals?: true;
}

const CUT: Reply = { kind: 'cut' };
const HANG: Reply = { kind: 'hang' };
const INTERNAL = text(500, 'There was an internal server error.');
const BUSY = text(429, 'Too Many Requests');

/** Texts that no recording shows are inventions, made to be unrecognised. */
export const FAULTS: readonly Fault[] = [
  replied('cut_before', 'before', CUT),
  replied('cut_after', 'credited', CUT),
  replied('hang_before', 'before', HANG),
  replied('hang_after', 'credited', HANG),
  replied('http_500_before', 'before', INTERNAL),
  replied('http_500_after', 'credited', INTERNAL),
  replied('http_502_before', 'turned_away', html(502, 'Bad Gateway')),
  replied('http_502_after', 'credited', html(502, 'Bad Gateway')),
  replied('http_503_before', 'turned_away', html(503, 'Service Unavailable')),
  replied('http_503_after', 'credited', html(503, 'Service Unavailable')),
  replied('http_429', 'turned_away', BUSY),
  replied('http_429_retry_after', 'turned_away', { ...BUSY, retryAfter: true }),
  replied('half', 'credited', { kind: 'half' }),
  replied('html_before', 'turned_away', html(200, 'Please sign in')),
  replied('html_after', 'credited', html(200, 'Welcome')),
  oneLine('line_missing', 'never'),
  oneLine('phone_twice', 'twice'),
  oneLine('contradicting', 'also as Failed'),
  replied('text_before', 'received', refusal('Try again on Monday')),
  replied('text_after', 'credited', refusal('Try again on Monday')),
  replied('balance', 'received', refusal('Your wallet has run dry')),
  { name: 'wallet_currency', reaches: 'credited', foreignTotals: true },
  replied('duplicate_lie', 'received', refusal(TEXTS.duplicate)),
  replied('part_cut', 'part', CUT),
  replied('part_die', 'part', { kind: 'die' }),
  replied('late', 'late', CUT),
];

/** Reads `cut_after:50,late:10`; undefined as readChances says. */
export function readFaults(listed: string): readonly Chance<Fault>[] | undefined {
  return readChances(FAULTS, listed);
}

function replied(name: string, reaches: Fault['reaches'], reply: Reply): Fault {
  return { name, reaches, reply };
}

function oneLine(name: string, listed: AcceptedTrick['listed'] & string): Fault {
  return { name, reaches: 'credited', line: { kind: 'accepted', listed } };
}
