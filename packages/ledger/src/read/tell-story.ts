import { maskMsisdn } from '@salio/domain';
import type { LineView } from './lines.ts';
import type { StoryEvent, StoryKind } from './story.ts';
import { tellAnswer, tellValidation } from './tell-answer.ts';
import { because, quote, type Detail } from './told.ts';

/** What the story begins with. */
export type StoryLine = Pick<
  LineView,
  'clientReference' | 'source' | 'seq' | 'msisdn' | 'currency' | 'amount' | 'state'
>;

/**
 * A line's story in sentences that a person in operations or finance can read, one for the line and then one for each event:
 * its moment (UTC) and what happened. What came over the wire follows its event as a line of its own. Phones are masked.
 */
export function tellStory(line: StoryLine, events: readonly StoryEvent[]): string[] {
  const told = events.flatMap(({ at, kind, detail }) => {
    const sentence = `${at.toISOString().replace('T', ' ')}  ${TELL[kind](detail)}`;
    const { body } = detail;
    return body === undefined || body === '' ? [sentence] : [sentence, tellBody(detail)];
  });
  return [tellLine(line), ...told];
}

function tellLine({ seq, clientReference, source, msisdn, currency, amount, state }: StoryLine) {
  const phone = msisdn === null ? 'a phone that was deleted' : maskMsisdn(msisdn);
  return `Line ${seq} of batch ${clientReference} from ${source}: ${currency} ${amount} to ${phone}. It is ${state}.`;
}

function tellBody(detail: Detail): string {
  const { body = '', bodyLength } = detail;
  const cut = bodyLength === undefined ? '' : ` (the beginning; it has ${bodyLength} characters)`;
  return `    verbatim${cut}: ${quote(body, '')}`;
}

/** Each kind, in the order in which a line comes by them. */
const TELL: Readonly<Record<StoryKind, (detail: Detail) => string>> = {
  page: ({ page, rows }) => `taken in with page ${page} of its batch (rows of the page: ${rows})`,
  submission: ({ source, rows, lines, rejected }) =>
    `its batch was checked and is whole: ${source} declared ${rows} rows, ${lines} became lines, ${rejected} were rejected`,
  release: (detail) => `the batch was released by ${by(detail)}`,
  pause: (detail) => `the batch was paused by ${by(detail)}`,
  resume: (detail) => `the batch was resumed by ${by(detail)}`,
  cancel: (detail) =>
    `the batch was cancelled by ${by(detail)}; what was not sent by then never is`,
  stop: (detail) => `sending was stopped for ${scopeOf(detail)} by ${by(detail)}`,
  start: (detail) => `sending was started again for ${scopeOf(detail)} by ${by(detail)}`,
  attempt: ({ attemptNo, account, lines }) =>
    `attempt ${attemptNo} was opened on account ${account}${among(lines)}`,
  send: ({ attemptNo, sendNo, worker }) =>
    `sent to the provider (attempt ${attemptNo}, send ${sendNo}) by ${worker}`,
  answer: tellAnswer,
  validation: tellValidation,
  permit: ({ transactionId }) =>
    `its one permit was given, to the provider's transaction ${transactionId}`,
  notification: ({ status, requestId, amount, text }) =>
    `the provider told: ${status}, ${requestId}${also(amount)}${says(text)}`,
  enquiry: ({ status, requestId, operator, reason }) =>
    `${operator} asked the provider for ${requestId}: ${status === 'unknown' ? 'no clear answer' : status}${because(reason)}`,
  adoption: ({ requestId, attemptNo, decision }) =>
    `the provider's ${requestId}, which no answer had brought, was found to be of attempt ${attemptNo}${decision === undefined ? '' : `, by decision ${decision}`}`,
  resolution: ({ from, to, evidence }) =>
    `${from} became ${to}: ${EVIDENCE[String(evidence)] ?? evidence}`,
  proposal: ({ operator, verdict, decision, reason }) =>
    `${operator} proposed to call it ${verdict} (decision ${decision})${because(reason)}`,
  confirmation: ({ operator, verdict, decision, reason }) =>
    `${operator} confirmed that it is ${verdict} (decision ${decision})${because(reason)}`,
  retry: (detail) => `a retry was asked for by ${by(detail)}`,
  discrepancy: ({ discrepancy, detail }) =>
    `a difference that somebody should know of: ${String(discrepancy).replaceAll('_', ' ')}${because(detail)}`,
  emptied: () =>
    'phones and notes of its batch were deleted, and what came over the wire for it: it is kept no longer',
};

/** What the database allows as evidence of a resolution. */
const EVIDENCE: Readonly<Record<string, string>> = {
  answer: 'a late answer says so',
  notification: 'the provider told so',
  enquiry: 'the provider said so when it was asked',
  adoption: 'a request id was found to be of it',
  statement: "the provider's statement says so",
  decision: 'two people decided so',
  silence: 'the provider told nothing for too long',
};

function by({ operator, reason }: Detail): string {
  return `${operator}${because(reason)}`;
}

function scopeOf({ scope }: Detail): string {
  const text = String(scope);
  return text === 'system' ? 'the whole system' : text.replace(/^account:/, 'account ');
}

function among(lines: Detail[string] | undefined): string {
  return lines === undefined || lines === 1 ? '' : `, with ${Number(lines) - 1} other lines`;
}

function also(value: Detail[string] | undefined): string {
  return value === undefined ? '' : `, ${value}`;
}

function says(text: Detail[string] | undefined): string {
  return text === undefined ? '' : `, ${quote(text)}`;
}
