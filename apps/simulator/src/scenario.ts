import type { NotifyFaultName } from './notify/fault.ts';
import { refusedHttp } from './refused-http.ts';
import type { ValidateFaultName } from './validate/fault.ts';

/**
 * Phones whose last four digits stand in this table make the simulator misbehave, while MAGIC is on. All of 9900 to 9999
 * is reserved; 0000 to 9899 is always plain. Texts that no recording shows are inventions, made to be unrecognised.
 */
export type Scenario = LineScenario | RequestScenario;

/** Concerns one recipient's line of the answer. */
export interface LineScenario {
  readonly ending: string;
  readonly name: string;
  readonly scope: 'line';
  readonly line: LineTrick;
}

/** Decides for a whole request, whoever else is in it; where several are asked for, the first recipient's counts. */
export interface RequestScenario {
  readonly ending: string;
  readonly name: string;
  readonly scope: 'request';
  /**
   * How far the request gets. `turned_away`: nothing behind the gateway sees it. `received`: its key counts as seen (where
   * KEY_REMEMBERED says so) but nothing is credited. `credited`: everything is done; only the answer goes wrong.
   */
  readonly reaches: 'turned_away' | 'received' | 'credited';
  readonly reply: Reply;
}

export type LineTrick =
  /** Nothing is credited: `Failed` with this text and request id "None". */
  | { readonly kind: 'refused'; readonly errorMessage: string }
  /** Accepted, with something odd about the line; what is not named is as usual. */
  | {
      readonly kind: 'accepted';
      readonly status?: string;
      readonly errorMessage?: string;
      /** `None`: the text "None"; `previous`: the id of the credit before this one. */
      readonly requestId?: 'None' | 'previous';
      /** Half of what was asked is credited and shown. */
      readonly halved?: true;
      /** The telco refuses later: an enquiry ends Failed, and the book says that nothing was credited. */
      readonly telcoFails?: true;
      readonly listed?: 'never' | 'twice' | 'also as Failed';
      /** The line's notification meets this fault. */
      readonly notify?: NotifyFaultName;
      /** The line's validation meets this fault. */
      readonly validate?: ValidateFaultName;
    };

export type AcceptedTrick = Extract<LineTrick, { kind: 'accepted' }>;

export type Reply =
  /** No answer at all, until the client gives up. */
  | { readonly kind: 'hang' }
  /** The connection is closed without an answer. */
  | { readonly kind: 'cut' }
  /** The simulator kills itself, as SIGKILL does, when the book is saved. */
  | { readonly kind: 'die' }
  /** The head and the first half of the answer, then the connection is closed. */
  | { readonly kind: 'half' }
  /** A refusal of the whole request with status 201 (contract section 1.5). */
  | { readonly kind: 'refusal'; readonly errorMessage: string }
  /** The usual answer with another status or another numSent. */
  | { readonly kind: 'usual'; readonly status?: number; readonly numSent?: number }
  | {
      readonly kind: 'page';
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
      readonly location?: string;
      /** With a Retry-After of RETRY_AFTER_SECONDS. */
      readonly retryAfter?: true;
    };

/** Texts of contract sections 1.4 to 1.6. */
export const TEXTS = {
  outsideLimits: 'Value Outside The Allowed Limits',
  invalidPhone: 'Invalid phone number',
  duplicate: 'A duplicate request was received within the last 5 minutes',
  notEnabled: 'Airtime is not enabled for this account',
  trialLimit: 'Request is over the trial limit. Submit your KYC to remove limit',
  allBad: 'Invalid Requests',
} as const;

/** The first of the reserved endings. */
const RESERVED_FROM = 9900;

export const SCENARIOS: readonly Scenario[] = [
  line('9901', 'refused, outside the limits', refused(TEXTS.outsideLimits)),
  line('9902', 'refused, invalid phone', refused(TEXTS.invalidPhone)),
  line('9903', 'refused, unrecognised text', refused('Subscriber is dormant')),
  line('9904', 'accepted, unrecognised status', { kind: 'accepted', status: 'Dispatched' }),
  line('9905', 'accepted, Queued', { kind: 'accepted', status: 'Queued' }),
  line('9906', 'credited, shown as Failed with an id', {
    kind: 'accepted',
    status: 'Failed',
    errorMessage: 'Subscriber is dormant',
  }),
  line('9907', 'credited, Sent without an id', { kind: 'accepted', requestId: 'None' }),
  line('9908', 'telco fails later', { kind: 'accepted', telcoFails: true }),
  line('9909', 'credited, missing from the answer', { kind: 'accepted', listed: 'never' }),
  line('9910', 'credited, listed twice', { kind: 'accepted', listed: 'twice' }),
  line('9911', 'credited, listed as Sent and as Failed', {
    kind: 'accepted',
    listed: 'also as Failed',
  }),
  line('9912', 'credited, id of the credit before', { kind: 'accepted', requestId: 'previous' }),
  line('9913', 'half the amount credited and shown', { kind: 'accepted', halved: true }),

  request('9915', 'hang, credited', 'credited', { kind: 'hang' }),
  request('9916', 'hang, not credited', 'received', { kind: 'hang' }),
  request('9917', 'cut, credited', 'credited', { kind: 'cut' }),
  request('9918', 'cut, not credited', 'received', { kind: 'cut' }),
  request('9919', 'half an answer, credited', 'credited', { kind: 'half' }),
  request('9920', '500, credited', 'credited', text(500, 'There was an internal server error.')),
  request(
    '9921',
    '500, not credited',
    'received',
    text(500, 'There was an internal server error.'),
  ),
  request('9922', '502, credited', 'credited', html(502, 'Bad Gateway')),
  request('9923', '502, not credited', 'turned_away', html(502, 'Bad Gateway')),
  request('9924', '503, credited', 'credited', html(503, 'Service Unavailable')),
  request('9925', '503, not credited', 'turned_away', html(503, 'Service Unavailable')),
  request('9926', '429, not credited', 'turned_away', text(429, 'Too Many Requests')),
  request('9927', 'HTML with 200, credited', 'credited', html(200, 'Welcome')),
  request('9928', 'HTML with 200, not credited', 'turned_away', html(200, 'Please sign in')),
  request('9929', 'JSON of another kind, credited', 'credited', {
    kind: 'page',
    status: 201,
    contentType: 'application/json',
    body: '{"ok":true}',
  }),
  request('9930', '202, credited', 'credited', { kind: 'usual', status: 202 }),
  request('9931', 'numSent 0, credited', 'credited', { kind: 'usual', numSent: 0 }),
  request('9932', 'not enabled', 'received', refusal(TEXTS.notEnabled)),
  request('9933', 'trial limit', 'received', refusal(TEXTS.trialLimit)),
  request('9934', 'duplicate text, not credited', 'received', refusal(TEXTS.duplicate)),
  request('9935', 'duplicate text, credited', 'credited', refusal(TEXTS.duplicate)),
  request('9936', 'unrecognised refusal', 'received', refusal('Try again on Monday')),
  request('9937', 'unrecognised refusal, credited', 'credited', refusal('Try again on Monday')),
  request('9938', '401, not credited', 'turned_away', text(401, refusedHttp.unauthorized.text)),
  request('9939', 'redirect, not credited', 'turned_away', {
    ...html(307, 'Temporary Redirect'),
    location: '/version1/airtime/send',
  }),

  notified('9940', 'missing'),
  notified('9941', 'twice'),
  notified('9942', 'late'),
  notified('9943', 'early'),
  notified('9944', 'contradicting'),
  notified('9945', 'minimal'),
  notified('9946', 'telco_failed'),
  notified('9947', 'duplicate_failed'),
  notified('9948', 'foreign'),
  notified('9949', 'garbled'),

  validated('9950', 'repeated'),
  validated('9951', 'lost_answer'),
  validated('9952', 'twice_at_once'),
];

/** What this phone asks for; undefined for a plain one. */
export function scenarioOf(phone: number): Scenario | undefined {
  const ending = phone % 10_000;
  return ending < RESERVED_FROM ? undefined : byEnding.get(ending);
}

/** What this phone asks for its own line, if that is to be accepted. */
export function acceptedTrickOf(phone: number): AcceptedTrick | undefined {
  const scenario = scenarioOf(phone);
  return scenario?.scope === 'line' && scenario.line.kind === 'accepted'
    ? scenario.line
    : undefined;
}

export function refusal(errorMessage: string): Reply {
  return { kind: 'refusal', errorMessage };
}

export function text(status: number, body: string) {
  return { kind: 'page', status, contentType: 'text/plain; charset=UTF-8', body } as const;
}

export function html(status: number, title: string) {
  const body = `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;
  return { kind: 'page', status, contentType: 'text/html; charset=UTF-8', body } as const;
}

function line(ending: string, name: string, trick: LineTrick): LineScenario {
  return { ending, name, scope: 'line', line: trick };
}

function notified(ending: string, notify: NotifyFaultName): LineScenario {
  return line(ending, `notification: ${notify}`, { kind: 'accepted', notify });
}

function validated(ending: string, validate: ValidateFaultName): LineScenario {
  return line(ending, `validation: ${validate}`, { kind: 'accepted', validate });
}

function request(
  ending: string,
  name: string,
  reaches: RequestScenario['reaches'],
  reply: Reply,
): RequestScenario {
  return { ending, name, scope: 'request', reaches, reply };
}

function refused(errorMessage: string): LineTrick {
  return { kind: 'refused', errorMessage };
}

const byEnding = new Map(SCENARIOS.map((scenario) => [Number(scenario.ending), scenario]));
