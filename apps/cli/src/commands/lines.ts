import { LINE_STATES } from '@salio/domain';
import { operations } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { limitOf } from '../list-options.ts';
import { printJson, printLine } from '../output.ts';
import { pagesOf, printPages } from '../pages.ts';
import { UsageError } from '../usage-error.ts';

/** Numbers of lines are 32 bits. */
const SEQ_MAX = 2_147_483_647;
/** More lines than a batch has. */
const LINES_MAX = 50_000_000;

export interface LinesOptions extends Output {
  readonly state?: string;
  readonly after: string;
  readonly limit: string;
  readonly phones?: true;
}

/** Lines of a batch, by number. */
export async function showLines(name: string, options: LinesOptions): Promise<void> {
  const state = LINE_STATES.find((known) => known === options.state);
  if (options.state !== undefined && !state) {
    throw new UsageError(`--state is one of ${LINE_STATES.join(', ')}`);
  }
  const first = limitOf(options.after, SEQ_MAX);
  const limit = limitOf(options.limit, LINES_MAX);
  const chosen = { ...(state && { state }), ...(options.phones && { phones: true }) };
  await using desk = openDesk();
  // Also where no line is asked for, a batch that is not there is none.
  if (limit === 0) await desk.ask(operations.readBatch, { params: { batch: name } });
  let params = { batch: name };
  const pages = pagesOf(limit, async (rows, after: number | undefined) => {
    const query = { ...chosen, after: after ?? first, limit: rows };
    const { lines, next } = await desk.ask(operations.listLines, { params, query });
    // Its name may become that of another source's batch as well.
    params = { batch: lines[0]?.batchId ?? params.batch };
    return { items: lines, next };
  });
  const head = ['line', 'reference', 'phone', 'amount', 'state', 'request id', 'reason'];
  await printPages(pages, options, head, (line) => [
    String(line.seq),
    line.reference ?? '',
    line.msisdn ?? '',
    `${line.currency} ${line.amount}`,
    line.state,
    line.requestId ?? '',
    line.errorText ?? line.reason ?? '',
  ]);
}

/** Everything that was recorded of a line, oldest first. */
export async function showLine(name: string, text: string, { json }: Output): Promise<void> {
  const line = limitOf(text, SEQ_MAX);
  await using desk = openDesk();
  const params = { batch: name, line };
  const story = await desk.ask(operations.explainLine, { params });
  if (json) for (const { at, kind, detail } of story.events) printJson({ at, kind, ...detail });
  else for (const sentence of story.text) printLine(sentence);
}
