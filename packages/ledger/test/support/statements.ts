import { createHash } from 'node:crypto';
import {
  DEFAULT_TARIFFS,
  type GivenStatementRow,
  type StatementFault,
  type StatementProfile,
} from '@salio/domain';
import {
  applyStatements,
  handBack,
  importStatement,
  type ImportedStatement,
  type StatementToImport,
} from '../../src/index.ts';
import { inputRows, OPERATOR, type BatchOverrides } from './batches.ts';
import { answered, entry, openBatch, recordAll, response, type OpenBatch } from './sends.ts';
import type { SentBatch } from './news.ts';
import type { World } from './world.ts';

let made = 0;

/** A provider account that no other test has. */
export const newAccount = () => `account-${(made += 1)}`;

/** A batch of an account, by default of one line, that the provider accepted; its chunk was given back. */
export async function acceptedBatch(
  world: World,
  account: string,
  overrides: BatchOverrides = {},
): Promise<SentBatch> {
  const batch = await openBatch(world, { rows: inputRows(1), ...overrides }, { account });
  const told = batch.attempts.map((attempt) => ({ attempt, told: entry(attempt) }));
  await recordAll(
    world,
    told.map((each) => answered(each.attempt, response([each.told]))),
  );
  await handBack(world.ledger, batch.taken);
  const requestIds = told.map((each) => each.told.requestId);
  return { ...batch, requestIds, requestId: requestIds[0] ?? '' };
}

/** The same, but every answer was lost. */
export async function lostBatch(
  world: World,
  account: string,
  overrides: BatchOverrides = {},
): Promise<OpenBatch> {
  const batch = await openBatch(world, { rows: inputRows(1), ...overrides }, { account });
  await recordAll(
    world,
    batch.attempts.map((attempt) => answered(attempt, { kind: 'lost', reason: 'timeout' })),
  );
  await handBack(world.ledger, batch.taken);
  return batch;
}

/** Phone of a line of a batch that has one line per attempt. */
export function phoneOf({ attempts }: OpenBatch, index = 0): string {
  return attempts[index]?.lines[0]?.msisdn ?? '';
}

export type Cells = Partial<Omit<GivenStatementRow, 'whole'>>;

/** A row as the reader gives it: KES 100, delivered. */
export function row(cells: Cells): GivenStatementRow {
  const texts = {
    requestId: '',
    phone: '',
    amount: 'KES 100.0000',
    currency: '',
    discount: '',
    status: 'Success',
    time: '',
    ...cells,
  };
  return { ...texts, whole: JSON.stringify(texts) };
}

const PROFILE: StatementProfile = {
  statuses: new Map([
    ['success', 'Success'],
    ['failed', 'Failed'],
    ['sent', 'Sent'],
  ]),
};

const HOUR_MS = 3_600_000;

/** A statement of the last hour and the next one. The same rows are the same file. */
export function statementOf(
  account: string,
  rows: readonly GivenStatementRow[],
  overrides: Partial<StatementToImport> = {},
): StatementToImport {
  const hash = createHash('sha256').update(JSON.stringify(rows)).digest();
  async function* pieces() {
    for (let at = 0; at < Math.max(rows.length, 1); at += 500) yield rows.slice(at, at + 500);
  }
  return {
    account,
    from: new Date(Date.now() - HOUR_MS),
    to: new Date(Date.now() + HOUR_MS),
    rows: pieces(),
    fileHash: () => hash,
    profile: PROFILE,
    profileGiven: {},
    ...overrides,
  };
}

/** As the ops API does it. */
export function bringIn(
  world: World,
  account: string,
  rows: readonly Cells[],
  overrides: Partial<StatementToImport> = {},
): Promise<ImportedStatement> {
  const given = statementOf(account, rows.map(row), overrides);
  return importStatement(world.ops, given, { operator: OPERATOR }, DEFAULT_TARIFFS);
}

/** Everything that a scheduler does with statements. */
export async function applyAll(world: World): Promise<void> {
  const terms = { limit: 1_000, unknownMs: 0, unknownMaxMs: 0, inFlightMs: 0 };
  await applyStatements(world.ledger, terms);
}

/** What refused a statement; throws where it was taken. */
export async function refusalOf(promise: Promise<unknown>): Promise<readonly StatementFault[]> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error && 'faults' in error) return error.faults as StatementFault[]; // safe because StatementRefused alone has them
    throw error;
  }
  throw new Error('the statement was taken');
}

export interface FoundDiscrepancy {
  readonly kind: string;
  readonly batch_no: number | null;
  readonly seq: number | null;
  readonly row: number | null;
  readonly detail: string;
}

/** What a statement showed first. */
export function foundBy(world: World, no: number): Promise<FoundDiscrepancy[]> {
  return world.select<FoundDiscrepancy>(
    `SELECT d.kind, d.batch_no, d.seq, f.row, d.detail FROM statement_findings f JOIN discrepancies d ON d.id = f.discrepancy_id
     WHERE f.statement_no = $1 ORDER BY f.row NULLS LAST, d.kind, d.batch_no, d.seq`,
    [no],
  );
}
