import { ENDING_KINDS } from '@salio/domain';
import { exportAttempts, type AttemptView } from '@salio/ledger';
import { z } from 'zod';
import { moment, oneOrMore } from '../fields.ts';
import { given } from '../given.ts';
import { exportOf, phonesField } from './export.ts';
import { LINE_NAME, lineFilters, linesOf } from './lines.ts';
import type { Column } from './write-pages.ts';

const column = (
  name: string,
  says: string,
  kind: Column<AttemptView>['kind'],
  cell: Column<AttemptView>['cell'],
): Column<AttemptView> => ({ name, says, kind, cell });

const OF_LINE = LINE_NAME.map(({ cell, ...told }): Column<AttemptView> => ({
  ...told,
  cell: ({ line }, phones) => cell(line, phones),
}));

const COLUMNS: readonly Column<AttemptView>[] = [
  ...OF_LINE,
  column('attempt', 'its number for the line', 'plain', ({ attemptNo }) => attemptNo),
  column('send', 'its number for the attempt', 'plain', ({ sendNo }) => sendNo),
  column('attempt_id', 'number of the attempt', 'plain', ({ attemptId }) => attemptId),
  column('attempt_lines', 'lines that it carries', 'plain', ({ lines }) => lines),
  column('account', 'of the provider', 'text', ({ account }) => account),
  column('idempotency_key', 'of the attempt', 'plain', ({ idempotencyKey }) => idempotencyKey),
  column('worker', 'who sent it', 'text', ({ worker }) => worker),
  column('opened_at', 'recorded before its first byte', 'plain', ({ openedAt }) => openedAt),
  column('answered_at', 'when its answer was recorded', 'plain', ({ answeredAt }) => answeredAt),
  column('took_ms', 'until the answer', 'plain', ({ tookMs }) => tookMs),
  column('answer', 'response, not_sent or lost', 'plain', ({ answer }) => answer),
  column('http_status', 'of the response', 'plain', ({ httpStatus }) => httpStatus),
  column('ending', 'how it ended for the line', 'plain', ({ ending }) => ending),
  column('scope', 'of a refusal: line or account', 'plain', ({ scope }) => scope),
  column('reason', 'why it ended so', 'words', ({ reason }) => reason),
  column('request_id', 'the provider’s', 'text', ({ requestId }) => requestId),
  column('status', 'the provider’s word', 'text', ({ status }) => status),
  column('error_text', 'what the provider said', 'words', ({ errorText }) => errorText),
];

export const attemptsExport = exportOf({
  kind: 'attempts',
  says: 'Attempts as CSV',
  tells: `A row for every send of every attempt of a line: with its key, what came back, and how it ended. In the order of lines, then of
    attempts and sends.`,
  query: z.strictObject({
    ...lineFilters,
    ending: oneOrMore([...ENDING_KINDS, 'unanswered'])
      .optional()
      .describe('Several between commas.'),
    from: moment.optional().describe('Sent at or after.'),
    to: moment.optional().describe('Sent before.'),
    phones: phonesField,
  }),
  columns: COLUMNS,
  async read(desk, who, { ending, from, to, ...rest }) {
    const lines = await linesOf(desk, who, rest);
    return exportAttempts(desk.ledger, { lines, ...given({ ending, from, to }) });
  },
});
