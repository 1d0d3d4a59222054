import { ENDING_KINDS, type EndingKind, type GateReason } from '@salio/domain';
import { because, quote, type Detail } from './told.ts';

/** How one send ended for the line. What proves nothing says so. */
export function tellAnswer(detail: Detail): string {
  const ending = ENDING_KINDS.find((kind) => kind === detail['ending']);
  return ending === undefined
    ? `answered${words(detail)}, and nothing of this line was read`
    : ENDINGS[ending](detail);
}

const ENDINGS: Readonly<Record<EndingKind, (detail: Detail) => string>> = {
  accepted: ({ requestId, amount, discount }) =>
    `answered: accepted, ${requestId}${named('amount', amount)}${named('discount', discount)}. Whether it was delivered is not known yet`,
  refused: (detail) =>
    `answered: refused${detail['scope'] === 'account' ? ' for a reason of the account' : ''}${words(detail)}. It was not paid`,
  not_sent: (detail) => `nothing of it was sent${why(detail)}. It was not paid`,
  duplicate: (detail) =>
    `answered: the provider had an equal request before${words(detail)}. Whether it was paid is not known`,
  unknown: (detail) =>
    detail['answer'] === 'lost'
      ? `the answer was lost${why(detail)}. Whether it was paid is not known`
      : `the answer proves nothing${why(detail)}${words(detail)}. Whether it was paid is not known`,
};

/** Why the provider was told yes or no, when it asked whether it may pay. */
export function tellValidation({ answer, reason, transactionId }: Detail): string {
  const asked = `the provider asked whether it may pay${transactionId === undefined ? '' : ` (transaction ${transactionId})`}`;
  return `${asked} and was told ${answer}: ${GATE.get(String(reason)) ?? reason}`;
}

const REASONS: Readonly<Record<GateReason, string>> = {
  permitted: 'a payment of it was on its way',
  repeated: 'the same question again',
  unreadable: 'the question could not be read',
  untrusted: 'the database was restored and might have forgotten what was paid',
  no_line: 'no open payment is like it',
  other_data: 'the transaction had its yes with other data',
  moved_on: 'the line had its end, or another attempt',
  not_in_flight: 'no request of it could be on its way',
  taken: 'the line had its yes, for another transaction',
};
const GATE: ReadonlyMap<string, string> = new Map(Object.entries(REASONS));

/** Ours are names of the code, like line_missing. */
function why({ reason = '' }: Detail): string {
  return because(String(reason).replaceAll('_', ' '));
}

function named(name: string, value: string | number | undefined): string {
  return value === undefined ? '' : `, ${name} ${value}`;
}

/** The provider's own words, and its HTTP status where that is no success and the reason does not say it. */
function words({ text, httpStatus, reason = '' }: Detail): string {
  const told = httpStatus === undefined || String(reason).includes(String(httpStatus));
  const status = told || Number(httpStatus) < 300 ? '' : ` (HTTP ${httpStatus})`;
  return `${text === undefined ? '' : `, ${quote(text)}`}${status}`;
}
