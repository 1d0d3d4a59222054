import { LINE_STATES, maskMsisdn, REJECTION_REASONS } from '@salio/domain';
import {
  countStatesOf,
  LIST_ROWS_MAX,
  listBatches,
  listLines,
  NotFound,
  readBatch,
  readControls,
  readStory,
  readTrust,
  tellStory,
  type BatchView,
  type StateCounts,
} from '@salio/ledger';
import { operations, type Answer } from '@salio/operations';
import { withLedger, type Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { listStates } from '../state-counts.ts';
import { UsageError } from '../usage-error.ts';

/** Rows read from the ledger at once. */
const PAGE = 1_000;

export async function showBatches(options: Output & { limit: string }): Promise<void> {
  await withLedger(async (ledger) => {
    const limit = limitOf(options.limit, LIST_ROWS_MAX);
    const { batches: found } = limit === 0 ? { batches: [] } : await listBatches(ledger, { limit });
    const counts = await countStatesOf(
      ledger,
      found.map(({ batchId }) => batchId),
    );
    const statesOf = ({ batchId }: BatchView) => counts.get(batchId) ?? new Map();
    if (options.json) {
      for (const batch of found)
        printJson({ ...batch, states: Object.fromEntries(statesOf(batch)) });
      return;
    }
    const stopped = (await readControls(ledger)).filter((control) => control.stopped);
    const trust = await readTrust(ledger);
    if (trust.kind !== 'trusted') printLine(`UNTRUSTED ${trust.reason}`);
    for (const control of stopped) printLine(`STOPPED ${control.scope}: ${control.reason ?? ''}`);
    printTable(
      ['batch', 'reference', 'source', 'state', ...COUNTED, 'sums', 'created', 'lines by state'],
      found.map((batch) => batchCells(batch, statesOf(batch))),
    );
  });
}

export async function showBatch(name: string, options: Output): Promise<void> {
  await using desk = openDesk();
  const found = await desk.ask(operations.readBatch, { params: { batch: name } });
  if (options.json) return printJson(found);
  for (const [field, value] of Object.entries(found)) {
    const text = value instanceof Date ? value.toISOString() : JSON.stringify(value);
    printLine(`${field.padEnd(16)} ${text}`);
  }
}

export async function showLines(
  name: string,
  options: Output & { state?: string; after: string; limit: string; phones?: true },
): Promise<void> {
  const state = LINE_STATES.find((known) => known === options.state);
  if (options.state !== undefined && !state) {
    throw new UsageError(`--state is one of ${LINE_STATES.join(', ')}`);
  }
  const phone = (msisdn: string | null) =>
    options.phones ? (msisdn ?? '') : maskMsisdn(msisdn ?? '');
  await withLedger(async (ledger) => {
    const { batchId } = await readBatch(ledger, name);
    let left = limitOf(options.limit, 50_000_000);
    let after = limitOf(options.after, 2_147_483_647);
    for (;;) {
      const limit = Math.min(PAGE, left);
      const page = await listLines(ledger, { batchId, after, limit, ...(state ? { state } : {}) });
      if (options.json) for (const line of page) printJson({ ...line, msisdn: phone(line.msisdn) });
      else {
        const head = ['line', 'reference', 'phone', 'amount', 'state', 'request id', 'reason'];
        printTable(
          head,
          page.map((line) => [
            String(line.seq),
            line.reference ?? '',
            phone(line.msisdn),
            `${line.currency} ${line.amount}`,
            line.state,
            line.requestId ?? '',
            line.errorText ?? line.reason ?? '',
          ]),
        );
      }
      left -= page.length;
      after = page.at(-1)?.seq ?? after;
      if (page.length < limit || left <= 0) return;
    }
  });
}

export async function showLine(name: string, text: string, options: Output): Promise<void> {
  const seq = limitOf(text, 2_147_483_647);
  await withLedger(async (ledger) => {
    const { batchId } = await readBatch(ledger, name);
    const [line] = await listLines(ledger, { batchId, after: seq - 1, limit: 1 });
    if (line?.seq !== seq) throw new NotFound(`batch ${name} has no line ${seq}`);
    const story = await readStory(ledger, batchId, seq);
    if (options.json) for (const { at, kind, detail } of story) printJson({ at, kind, ...detail });
    else for (const sentence of tellStory(line, story)) printLine(sentence);
  });
}

export async function showRejections(name: string, options: Output): Promise<void> {
  await using desk = openDesk();
  const params = { batch: name };
  let after: number | undefined = 0;
  while (after !== undefined) {
    const query = { after, limit: PAGE };
    const page: Answer<typeof operations.listRejections> = await desk.ask(
      operations.listRejections,
      { params, query },
    );
    for (const rejection of page.rejections) {
      if (options.json) printJson(rejection);
      else {
        const { row, reason, column, detail } = rejection;
        const where = column === undefined ? '' : ` ${column}`;
        printLine(
          `row ${row}${where}: ${REJECTION_REASONS[reason]}${detail ? ` (${detail})` : ''}`,
        );
      }
    }
    after = page.next;
  }
}

const COUNTED = ['rows', 'lines', 'rejected'] as const;

function batchCells(found: BatchView, states: StateCounts): string[] {
  const sums = Object.entries(found.sums ?? {}).map(([code, sum]) => `${code} ${sum}`);
  return [
    found.batchId,
    found.clientReference,
    found.source,
    found.state,
    ...COUNTED.map((name) => String(found[name] ?? '')),
    sums.join(' + '),
    found.createdAt.toISOString(),
    listStates(states),
  ];
}

export function limitOf(text: string, maximum: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= maximum))
    throw new UsageError(`${text} is not a number of 0 to ${maximum}`);
  return value;
}
