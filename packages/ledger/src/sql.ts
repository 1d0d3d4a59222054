import type { BatchState, LineState } from '@salio/domain';
import { batchMoves, lineMoves, LINE_STATES, BATCH_STATES } from '@salio/domain';
import type { PoolClient, Pool, QueryResultRow } from 'pg';

export type Queryable = Pool | PoolClient;

/** A statement that the server prepares once per connection under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Runs a prepared statement and returns its rows. `Row` states what the text selects. */
export async function run<Row extends QueryResultRow>(
  on: Queryable,
  statement: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const { rows } = await on.query<Row>({ ...statement, values: values.map(toParameter) });
  return rows;
}

/**
 * Runs a statement that joins all lines of a batch with something else of all of them, in a transaction. Each side is read once:
 * of a batch that has just come the planner knows nothing, takes it for one line, and would read all of it again for each.
 */
export async function runOfWholeBatch<Row extends QueryResultRow>(
  client: PoolClient,
  statement: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  await run(client, SET_NESTED_LOOPS, ['off']);
  const rows = await run<Row>(client, statement, values);
  await run(client, SET_NESTED_LOOPS, ['on']);
  return rows;
}

const SET_NESTED_LOOPS = {
  name: 'set-nested-loops',
  text: "SELECT set_config('enable_nestloop', $1, true)",
};

/** Arrays as Postgres writes them. The driver's own way takes a third of a worker's time where every line brings a dozen elements. */
function toParameter(value: unknown): unknown {
  return Array.isArray(value) ? `{${value.map(toElement).join(',')}}` : value;
}

/** Texts of these letters need no quotes, unless they are empty or could be read as NULL. */
const PLAIN = /^[\w+./:-]+(?: [\w+./:-]+)*$/;
const NULL = /^null$/i;

function toElement(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string')
    return PLAIN.test(value) && !NULL.test(value) ? value : quote(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    return String(value);
  }
  if (Buffer.isBuffer(value)) return quote(`\\x${value.toString('hex')}`);
  if (value instanceof Date) return quote(value.toISOString());
  throw new TypeError('a list of this kind can not be given to a statement');
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The states from which a line may move to `to`, for the WHERE of an UPDATE. */
export function lineSources(to: LineState): readonly LineState[] {
  return lineMoves.sourcesOf(to);
}

/** The states from which a batch may move to `to`, for the WHERE of an UPDATE. */
export function batchSources(to: BatchState): readonly BatchState[] {
  return batchMoves.sourcesOf(to);
}

/** Checks a text of the database that its CHECK constraint already limits. */
export function lineState(text: string): LineState {
  return known(LINE_STATES, text);
}

export function batchState(text: string): BatchState {
  return known(BATCH_STATES, text);
}

function known<State extends string>(states: readonly State[], text: string): State {
  const state = states.find((candidate) => candidate === text);
  if (state === undefined) throw new Error(`the ledger holds a state that is not known: ${text}`);
  return state;
}
