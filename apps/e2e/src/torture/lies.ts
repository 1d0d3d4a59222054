/** Every way in which the simulator can spoil an answer, or keep it back (its README says what each does). */
const LIES = [
  'cut_before',
  'cut_after',
  'hang_before',
  'hang_after',
  'half',
  'html_before',
  'html_after',
  'http_500_before',
  'http_500_after',
  'http_502_before',
  'http_502_after',
  'http_503_before',
  'http_503_after',
  'http_429',
  'http_429_retry_after',
  'line_missing',
  'phone_twice',
  'contradicting',
  'text_before',
  'text_after',
  'balance',
  'wallet_currency',
  'duplicate_lie',
  'late',
] as const;

/** Those that credit without remembering the key; the second also kills the simulator. */
const KEY_LOSING = ['part_cut', 'part_die'] as const;

/** Requests of 10,000 that meet one lie. All together six in a hundred: the rest must still get through. */
const RATE = 25;
/** Of the one that kills the simulator with all that is in flight. */
const DEADLY_RATE = 4;
/** There are few requests where each has many recipients, and replays start from lies. */
const MORE = 4;

/** FAULTS of the simulator. */
export function liesOf(told: {
  readonly fewRequests: boolean;
  readonly keysHold: boolean;
}): string {
  const factor = told.fewRequests ? MORE : 1;
  const names = told.keysHold ? LIES : [...LIES, ...KEY_LOSING];
  return names
    .map((name) => `${name}:${(name === 'part_die' ? DEADLY_RATE : RATE) * factor}`)
    .join(',');
}

/** NOTIFY_FAULTS: what can go wrong with the news of a line, of 10,000 accepted ones; a third of all. */
export const NEWS_LIES = [
  'missing:300',
  'twice:400',
  'late:300',
  'early:300',
  'contradicting:300',
  'minimal:400',
  'telco_failed:400',
  'duplicate_failed:200',
  'foreign:100',
  'garbled:300',
].join(',');

/** VALIDATE_FAULTS: what can go wrong with the question whether a line may be paid. */
export const QUESTION_FAULTS = 'repeated:500,lost_answer:500,twice_at_once:500';
