import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import { positionOf, rootHash, type Block, type Head } from './block.ts';
import type { ChainProblem } from './chain-problem.ts';
import { checkBlock } from './check-block.ts';
import { checkFacts } from './check-facts.ts';
import { FACT_TABLES, type FactTable } from './fact-tables.ts';
import { readCanonically } from './hash-facts.ts';
import { nameFact } from './find-fact.ts';
import { readBlocks } from './read-blocks.ts';

/** Blocks that are read at once: some 2 MB. */
const PAGE_BLOCKS = 200;
/** After this long a fact should be sealed, ms: a sealer works every few seconds, and waits for transactions that go on. */
const SEAL_DELAY_MS = 60_000;

export interface VerifyOptions {
  /** A head that was noted before. Without it, a tail that was cut together with its facts can't be seen. */
  readonly head?: Pick<Head, 'no' | 'hash'> | undefined;
  /** See SEAL_DELAY_MS, which is the default. */
  readonly sealDelayMs?: number;
  /** Called now and then: how much was verified so far. */
  readonly onProgress?: (done: { readonly blocks: number; readonly facts: number }) => void;
}

/** Where a chain begins: in another database than the one before. */
export interface ChainStart {
  readonly chain: number;
  readonly block: number;
  readonly at: string;
  readonly systemIdentifier: string;
  readonly timeline: number;
}

export interface Verification {
  /** Whether nothing is wrong. */
  readonly verified: boolean;
  readonly problem: ChainProblem | undefined;
  /** Blocks and facts that were found right, before the problem where there is one. */
  readonly blocks: number;
  readonly factsSealed: number;
  /** Facts that no block has yet: nothing is proven of them. Overdue are those older than the sealing delay, as far as they say when they were recorded. */
  readonly unsealed: { readonly facts: number; readonly overdue: number };
  readonly chains: readonly ChainStart[];
  /** The last block that was found right. */
  readonly head: Head | undefined;
}

/**
 * Reads the audit chain from its first block on, hashes every fact again and finds the first thing that is wrong. Reads one
 * snapshot: what is recorded meanwhile is not looked at. Memory does not grow with the ledger. A transaction that lasts this
 * long keeps the database from cleaning up, so a ledger of many millions is better verified on a standby.
 */
export async function verifyChain(
  ledger: Ledger,
  options: VerifyOptions = {},
): Promise<Verification> {
  return inTransaction(ledger, (client) => verifyWithin(client, options), 'snapshot');
}

interface Progress {
  last: Block | undefined;
  facts: number;
  chains: ChainStart[];
}

async function verifyWithin(client: PoolClient, options: VerifyOptions): Promise<Verification> {
  await readCanonically(client);
  const progress: Progress = { last: undefined, facts: 0, chains: [] };
  const problem =
    (await verifyBlocks(client, progress, options)) ?? (await verifyEnd(client, progress, options));
  const { last, facts, chains } = progress;
  return {
    verified: problem === undefined,
    problem,
    blocks: last?.no ?? 0,
    factsSealed: facts,
    unsealed: await countUnsealed(client, last, options.sealDelayMs ?? SEAL_DELAY_MS),
    chains,
    head: last && { no: last.no, hash: last.hash, at: last.at },
  };
}

async function verifyBlocks(
  client: PoolClient,
  progress: Progress,
  { head, onProgress }: VerifyOptions,
): Promise<ChainProblem | undefined> {
  for (;;) {
    const page = await readBlocks(client, progress.last?.no ?? 0, PAGE_BLOCKS);
    const { sound, problem } = checkPage(page, progress.last, head);
    const wrong = await checkFacts(client, sound, (block) => pass(progress, block));
    if (wrong) return wrong;
    const [first] = sound;
    // After its facts: one of them is the ledger's id.
    if (first?.no === 1 && first.previousHash !== (await readRoot(client))) {
      return { kind: 'link_broken', block: 1 };
    }
    if (problem) return problem;
    onProgress?.({ blocks: progress.last?.no ?? 0, facts: progress.facts });
    if (page.length < PAGE_BLOCKS) return undefined;
  }
}

/** The blocks of a page up to the first one that is wrong. */
function checkPage(
  page: readonly Block[],
  last: Block | undefined,
  head: VerifyOptions['head'],
): { sound: Block[]; problem: ChainProblem | undefined } {
  const sound: Block[] = [];
  for (const block of page) {
    const problem = checkBlock(block, sound.at(-1) ?? last, head);
    if (problem) return { sound, problem };
    sound.push(block);
  }
  return { sound, problem: undefined };
}

function pass(progress: Progress, block: Block): void {
  const { no, at, chain, systemIdentifier, timeline } = block;
  if (progress.last?.chain !== chain) {
    progress.chains.push({ chain, block: no, at, systemIdentifier, timeline });
  }
  progress.last = block;
  progress.facts += block.facts;
}

/** What only the end of the chain tells. */
async function verifyEnd(
  client: PoolClient,
  { last }: Progress,
  { head }: VerifyOptions,
): Promise<ChainProblem | undefined> {
  const block = last?.no ?? 0;
  if (head && head.no > block) return { kind: 'tail_cut', block, head: head.no };
  const [leaf] = await run<{ no: number; table: string }>(client, READ_LEAF_BEYOND, [block]);
  if (leaf) return { kind: 'leaves_differ', block: leaf.no, table: leaf.table };
  for (const table of FACT_TABLES) {
    const [below] = await run<{ n: string | null }>(client, belowStatement(table), []);
    if (below?.n == null) continue;
    const fact = await nameFact(client, table, below.n);
    return { kind: 'inserted', block: 0, table: table.table, number: below.n, fact };
  }
  return undefined;
}

async function countUnsealed(
  client: PoolClient,
  last: Block | undefined,
  delayMs: number,
): Promise<Verification['unsealed']> {
  const unsealed = { facts: 0, overdue: 0 };
  for (const table of FACT_TABLES) {
    const after = positionOf(last?.positions ?? {}, table.table);
    const rows = await run<typeof unsealed>(client, unsealedStatement(table), [after, delayMs]);
    unsealed.facts += rows[0]?.facts ?? 0;
    unsealed.overdue += rows[0]?.overdue ?? 0;
  }
  return unsealed;
}

async function readRoot(client: PoolClient): Promise<string | undefined> {
  const [row] = await run<{ id: string }>(client, READ_LEDGER, []);
  return row && rootHash(row.id);
}

const READ_LEDGER = { name: 'read-ledger', text: 'SELECT id FROM ledgers LIMIT 1' };

const READ_LEAF_BEYOND = {
  name: 'read-leaf-beyond',
  text: `SELECT seal_no AS no, table_name AS table FROM seal_leaves WHERE seal_no > $1 OR seal_no < 1
    ORDER BY seal_no, table_name LIMIT 1`,
};

/** Numbers begin with 1: a sequence gives none below. */
function belowStatement({ table, number }: FactTable) {
  const text = `SELECT min("${number}")::text AS n FROM "${table}" WHERE "${number}" < 1`;
  return { name: `below-${table}`, text };
}

function unsealedStatement({ table, number, at }: FactTable) {
  const overdue = at === undefined ? 'false' : `"${at}" < now() - $2 * interval '1 millisecond'`;
  return {
    name: `unsealed-${table}`,
    text: `SELECT count(*)::int AS facts, count(*) FILTER (WHERE ${overdue} AND $2::float8 >= 0)::int AS overdue
      FROM "${table}" WHERE "${number}" > $1::bigint`,
  };
}
