import { readBook, readLies, type BookEntry } from '../book.ts';
import { rowsOf } from './batches.ts';
import type { FaultLog } from './fault-log.ts';
import type { AskedRow, Evidence, LineFact } from './judge.ts';
import type { Look } from './look.ts';
import type { Plan, PlannedBatch } from './plan-run.ts';
import type { SendFact } from './suppressed.ts';
import { callbacksOf } from './variants.ts';

/** Collects what the judge compares, after the run. `lies` counts what the simulator did on purpose, by name. */
export async function collectEvidence(at: {
  readonly plan: Pick<Plan, 'batches' | 'variant'>;
  readonly look: Look;
  readonly simulatorUrl: string;
  readonly log: FaultLog;
}): Promise<Evidence & { readonly lieCounts: Readonly<Record<string, number>> }> {
  const { look, simulatorUrl, log } = at;
  const lines = await look.rows<LineRow>(LINES);
  const rejections = await look.rows<{ name: string }>(REJECTIONS);
  const sends = await look.rows<SendRow>(SENDS);
  const book: BookEntry[] = await Array.fromAsync(readBook(simulatorUrl));
  const lies = new Set<string>();
  const lieCounts: Record<string, number> = {};
  for await (const { key, fault, truthful } of readLies(simulatorUrl)) {
    if (key !== undefined && !truthful) lies.add(key);
    lieCounts[fault] = (lieCounts[fault] ?? 0) + 1;
  }
  return {
    rows: askedRows(at.plan.batches),
    lines: new Map(lines.map((line) => [line.name, factOf(line)])),
    rejections: new Set(rejections.map(({ name }) => name)),
    sends: sends.map(sendOf),
    book,
    lies,
    lieCounts,
    log,
    asksFirst: callbacksOf(at.plan.variant).validation,
  };
}

function* askedRows(batches: readonly PlannedBatch[]): Generator<AskedRow> {
  for (const batch of batches) {
    for (const row of rowsOf(batch)) yield { ...row, name: `${batch.reference}/${row.row}` };
  }
}

interface LineRow {
  name: string;
  msisdn: string | null;
  currency: string;
  amount: string;
  state: string;
  request_id: string | null;
}

interface SendRow {
  line: string;
  key: string;
  worker: string;
  opened_at: Date;
  answered_at: Date | null;
  answer: 'response' | 'not_sent' | 'lost' | null;
}

function factOf({ name, msisdn, currency, amount, state, request_id: id }: LineRow): LineFact {
  return { name, phone: msisdn ?? '', currency, amount, state, requestId: id ?? undefined };
}

function sendOf({
  line,
  key,
  worker,
  opened_at: opened,
  answered_at: answered,
  answer,
}: SendRow): SendFact {
  return {
    line,
    key,
    worker,
    openedMs: opened.getTime(),
    answeredMs: answered?.getTime(),
    answer: answer ?? undefined,
  };
}

const LINES = `SELECT client_reference || '/' || seq AS name, msisdn, currency, amount::text, state, request_id FROM v_lines`;

const REJECTIONS = `SELECT b.client_reference || '/' || r.row AS name
  FROM rejections r JOIN batches b ON b.batch_no = r.submission_no`;

const SENDS = `SELECT b.client_reference || '/' || a.seq AS line, a.idempotency_key AS key, a.worker, a.opened_at,
    a.answered_at, a.answer
  FROM v_attempts a JOIN v_batches b ON b.batch_id = a.batch_id`;
