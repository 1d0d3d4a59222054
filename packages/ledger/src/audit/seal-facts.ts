import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import type { Incarnation } from '../recover/read-trust.ts';
import type { Positions, SealedRange } from '../schema/audit.ts';
import { run } from '../sql.ts';
import { blockHash, positionOf, rootHash, type Block, type Head } from './block.ts';
import { chainAfter } from './chain-after.ts';
import { FACT_TABLES, FORM, type FactTable } from './fact-tables.ts';
import { EMPTY_RANGE, hashRanges, readCanonically } from './hash-facts.ts';
import { AS_MOMENT, readLastBlock } from './read-blocks.ts';
import { readBounds, waitForInserters } from './read-bounds.ts';

/** Facts of one table in one block at most: hashed in some 200 ms, with leaves of 320 kB. */
const RANGE_FACTS_MAX = 20_000;
/** Blocks in one run at most: a scheduler that stops waits for no more than some ten seconds. */
const RUN_BLOCKS_MAX = 10;
/** How long a run waits for transactions that may bring facts below what it would seal, ms. Most take 20; the next run waits again. */
const SEAL_PATIENCE_MS = 5_000;

export interface SealTerms {
  /** See SEAL_PATIENCE_MS, which is the default. */
  readonly patienceMs?: number;
  /** See RANGE_FACTS_MAX, which is the default. */
  readonly rangeFacts?: number;
  /** See RUN_BLOCKS_MAX, which is the default. */
  readonly blocks?: number;
}

/** What one run of the sealer did. */
export interface Sealed {
  readonly blocks: number;
  readonly facts: number;
  /** Tables whose newest facts wait for a transaction that goes on. */
  readonly waiting: readonly string[];
  /** The last block that it made; undefined where it made none. */
  readonly head: Head | undefined;
}

/** A fact table's sequence stands below what was sealed: new facts would get numbers that are sealed already. */
export class NumbersWentBack extends Error {
  readonly code = 'NUMBERS_WENT_BACK';
  override readonly name = 'NumbersWentBack';
}

/**
 * Seals facts that are not sealed yet, of transactions that are over, into new blocks of the audit chain. Of several sealers
 * one works, the others do nothing; so does one on a standby. Throws NumbersWentBack.
 */
export async function sealFacts(ledger: Ledger, terms: SealTerms = {}): Promise<Sealed> {
  await summarizeFacts(ledger);
  let sealed: Sealed = { blocks: 0, facts: 0, waiting: [], head: undefined };
  const blocksMax = terms.blocks ?? RUN_BLOCKS_MAX;
  for (;;) {
    const step = await inTransaction(ledger, (client) => sealBlock(client, terms));
    if (!step) return sealed;
    const { block, more, waiting } = step;
    sealed = { ...sealed, waiting };
    if (!block) return sealed;
    const head = { no: block.no, hash: block.hash, at: block.at };
    sealed = { ...sealed, blocks: sealed.blocks + 1, facts: sealed.facts + block.facts, head };
    if (!more || sealed.blocks >= blocksMax) return sealed;
  }
}

/** Facts are found by what their pages are known to hold; of the newest pages nobody else may have noted it yet. */
async function summarizeFacts({ pool }: Ledger): Promise<void> {
  await run(pool, SUMMARIZE, []);
}

interface Step {
  readonly block: Block | undefined;
  /** Whether there is more that could be sealed at once. */
  readonly more: boolean;
  readonly waiting: readonly string[];
}

/** Undefined where another one seals, or nothing can be written. */
async function sealBlock(client: PoolClient, terms: SealTerms): Promise<Step | undefined> {
  const [free] = await run<{ locked: boolean }>(client, TRY_LOCK, [SEAL_LOCK]);
  if (!free?.locked) return undefined;
  await readCanonically(client);
  const last = await readLastBlock(client);
  const positions = last?.positions ?? {};
  const bounds = await readBounds(client, FACT_TABLES);
  const open = FACT_TABLES.filter(({ table }) => isAhead(table, bounds, positions));
  if (open.length === 0) return { block: undefined, more: false, waiting: [] };
  const names = open.map(({ table }) => table);
  const waiting = await waitForInserters(client, names, terms.patienceMs ?? SEAL_PATIENCE_MS);
  const cuts: Cut[] = [];
  for (const table of open) {
    if (waiting.has(table.table)) continue;
    const after = BigInt(positionOf(positions, table.table));
    const bound = bounds.get(table.table) ?? 0n;
    cuts.push(await cut(client, { table, after, bound }, terms.rangeFacts ?? RANGE_FACTS_MAX));
  }
  const block = cuts.some(({ count }) => count > 0)
    ? await insertBlock(client, last, cuts)
    : undefined;
  return { block, more: cuts.some(({ more }) => more), waiting: [...waiting] };
}

function isAhead(table: string, bounds: Map<string, bigint>, positions: Positions): boolean {
  const bound = bounds.get(table) ?? 0n;
  const position = BigInt(positionOf(positions, table));
  if (bound >= position) return bound > position;
  throw new NumbersWentBack(
    `the last number given in ${table} is ${bound}, but its facts are sealed up to ${position}: ` +
      'set its sequence to that before anything is recorded',
  );
}

/** A range with its leaves. */
interface Cut extends SealedRange {
  readonly leafBytes: Buffer;
  readonly more: boolean;
}

/** The next range of a table: to its next facts, unless there are none up to the bound. */
async function cut(
  client: PoolClient,
  open: { readonly table: FactTable; readonly after: bigint; readonly bound: bigint },
  rangeFacts: number,
): Promise<Cut> {
  const { table, after, bound } = open;
  const within = (upto: bigint) => (upto < bound ? upto : bound);
  const width = BigInt(rangeFacts);
  let upto = within(after + width);
  let hash = await hashRange(client, table, after, upto);
  if (hash.count === 0 && upto < bound) {
    // A wide gap: statements that meet a conflict draw numbers for nothing.
    const [next] = await run<{ n: string | null }>(client, nextStatement(table), [upto, bound]);
    upto = next?.n == null ? bound : within(BigInt(next.n) + width - 1n);
    hash = await hashRange(client, table, after, upto);
  }
  const range = { table: table.table, after: String(after), upto: String(upto), ...hash };
  return { ...range, more: upto < bound };
}

async function hashRange(client: PoolClient, table: FactTable, after: bigint, upto: bigint) {
  const hashes = await hashRanges(client, table, {
    after: String(after),
    uptos: [String(upto)],
    leaves: true,
  });
  return hashes.get(0) ?? EMPTY_RANGE;
}

async function insertBlock(
  client: PoolClient,
  last: Block | undefined,
  cuts: readonly Cut[],
): Promise<Block> {
  const [now] = await run<Now>(client, READ_NOW, []);
  if (!now) throw new Error('the database does not say which one it is');
  const { at, ledger_id: ledgerId, ...incarnation } = now;
  const previousHash = last?.hash ?? rootHash(ledgerId);
  const ranges = cuts.map(({ leafBytes: _bytes, more: _more, ...range }) => range);
  const moved = Object.fromEntries(ranges.map(({ table, upto }) => [table, upto]));
  const content = {
    no: (last?.no ?? 0) + 1,
    at,
    chain: last ? chainAfter(last, incarnation) : 1,
    form: FORM,
    ...incarnation,
    facts: ranges.reduce((sum, { count }) => sum + count, 0),
    positions: { ...last?.positions, ...moved },
    ranges,
  };
  const block = { ...content, previousHash, hash: blockHash(previousHash, content) };
  await run(client, INSERT, valuesOf(block));
  const leaves = cuts.filter(({ count }) => count > 0);
  await run(client, INSERT_LEAVES, [
    block.no,
    leaves.map(({ table }) => table),
    leaves.map(({ leafBytes }) => leafBytes),
  ]);
  return block;
}

function valuesOf(block: Block): unknown[] {
  return [
    block.no,
    block.at,
    block.chain,
    block.form,
    Buffer.from(block.previousHash, 'hex'),
    Buffer.from(block.hash, 'hex'),
    block.systemIdentifier,
    block.timeline,
    block.facts,
    JSON.stringify(block.positions),
    JSON.stringify(block.ranges),
  ];
}

/** Any number, the same for every Salio: the lock under which facts are sealed. */
const SEAL_LOCK = 7_254_016_006;

interface Now extends Incarnation {
  at: string;
  ledger_id: string;
}

const SUMMARIZE = {
  name: 'summarize-facts',
  text: 'SELECT CASE WHEN NOT pg_is_in_recovery() THEN summarize_facts() END',
};

/** On a standby the lock is not even tried: its answer must not depend on a lock that nobody can have there. */
const TRY_LOCK = {
  name: 'try-seal-lock',
  text: `SELECT CASE WHEN pg_is_in_recovery() THEN false ELSE pg_try_advisory_xact_lock($1::bigint) END AS locked`,
};

const READ_NOW = {
  name: 'read-seal-moment',
  text: `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', ${AS_MOMENT}) AS at,
      i.system_identifier AS "systemIdentifier", i.timeline, l.id AS ledger_id
    FROM database_incarnation() i CROSS JOIN ledgers l`,
};

/** The next number that a fact has; statements of a table differ by name. */
function nextStatement({ table, number }: FactTable) {
  return {
    name: `next-${table}`,
    text: `SELECT min("${number}")::text AS n FROM "${table}" WHERE "${number}" > $1::bigint AND "${number}" <= $2::bigint`,
  };
}

const INSERT = {
  name: 'insert-seal',
  text: `INSERT INTO seals (no, at, chain, form, previous_hash, hash, system_identifier, timeline, facts, positions, ranges)
    VALUES ($1, $2::timestamptz, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11::jsonb)`,
};

const INSERT_LEAVES = {
  name: 'insert-seal-leaves',
  text: `INSERT INTO seal_leaves (seal_no, table_name, leaves)
    SELECT $1, name, leaves FROM unnest($2::text[], $3::bytea[]) AS t (name, leaves)`,
};
