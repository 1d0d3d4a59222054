import type { PoolClient } from 'pg';
import type { SealedRange } from '../schema/audit.ts';
import { run } from '../sql.ts';
import type { Block } from './block.ts';
import type { ChainProblem } from './chain-problem.ts';
import { tablesOfForm, type FactTable } from './fact-tables.ts';
import { findFact } from './find-fact.ts';
import { EMPTY_RANGE, hashRanges, type RangeHash } from './hash-facts.ts';

/** Facts that are hashed at once: some 5 MB in the database. A larger block is hashed alone. */
const WINDOW_FACTS_MAX = 50_000;

/** Hashes the facts of blocks that are sound, which follow each other, again. Says the first that is wrong; `pass` is told of each block before. */
export async function checkFacts(
  client: PoolClient,
  blocks: readonly Block[],
  pass: (block: Block) => void,
): Promise<ChainProblem | undefined> {
  for (let from = 0; from < blocks.length;) {
    const window = windowOf(blocks, from);
    const hashes = await hashWindow(client, window);
    const leaves = await readStored(client, window);
    for (const block of window) {
      const problem = await checkOne(client, block, hashes, leaves);
      if (problem) return problem;
      pass(block);
    }
    from += window.length;
  }
  return undefined;
}

function windowOf(blocks: readonly Block[], from: number): Block[] {
  const window: Block[] = [];
  let facts = 0;
  for (const block of blocks.slice(from)) {
    facts += block.facts;
    const fits = facts <= WINDOW_FACTS_MAX && window[0]?.form === block.form;
    if (window.length > 0 && !fits) break;
    window.push(block);
  }
  return window;
}

const nameOf = (block: number, table: string) => `${block} ${table}`;

async function hashWindow(
  client: PoolClient,
  window: readonly Block[],
): Promise<Map<string, RangeHash>> {
  const hashes = new Map<string, RangeHash>();
  for (const table of tablesOf(window)) {
    const ranges = window.flatMap((block) =>
      block.ranges
        .filter((range) => range.table === table.table)
        .map((range) => ({ block: block.no, range })),
    );
    const [first] = ranges;
    if (!first) continue;
    const uptos = ranges.map(({ range }) => range.upto);
    const found = await hashRanges(client, table, {
      after: first.range.after,
      uptos,
      leaves: false,
    });
    for (const [place, { block }] of ranges.entries()) {
      hashes.set(nameOf(block, table.table), found.get(place) ?? EMPTY_RANGE);
    }
  }
  return hashes;
}

function tablesOf(window: readonly Block[]): readonly FactTable[] {
  return tablesOfForm(window[0]?.form ?? 0) ?? [];
}

/** SHA-256 of the leaves that are stored, hex, by block and table. */
async function readStored(
  client: PoolClient,
  window: readonly Block[],
): Promise<Map<string, string>> {
  const rows = await run<{ no: number; table: string; hash: string }>(client, HASH_STORED, [
    window[0]?.no,
    window.at(-1)?.no,
  ]);
  return new Map(rows.map(({ no, table, hash }) => [nameOf(no, table), hash]));
}

async function checkOne(
  client: PoolClient,
  block: Block,
  hashes: ReadonlyMap<string, RangeHash>,
  stored: ReadonlyMap<string, string>,
): Promise<ChainProblem | undefined> {
  for (const range of block.ranges) {
    const name = nameOf(block.no, range.table);
    const hash = hashes.get(name) ?? EMPTY_RANGE;
    if (hash.count !== range.count || hash.digest !== range.digest) {
      return findWrong(client, block, range);
    }
    if ((stored.get(name) ?? EMPTY_RANGE.leaves) !== range.leaves) {
      return { kind: 'leaves_differ', block: block.no, table: range.table };
    }
  }
  const ranged = new Set(block.ranges.map(({ table }) => nameOf(block.no, table)));
  const odd = [...stored.keys()].find(
    (name) => name.startsWith(`${block.no} `) && !ranged.has(name),
  );
  if (odd === undefined) return undefined;
  return { kind: 'leaves_differ', block: block.no, table: odd.slice(odd.indexOf(' ') + 1) };
}

async function findWrong(client: PoolClient, block: Block, range: SealedRange) {
  const table = tablesOf([block]).find((candidate) => candidate.table === range.table);
  if (!table) throw new Error(`${range.table} is no table of facts`);
  return findFact(client, table, block.no, range);
}

const HASH_STORED = {
  name: 'hash-seal-leaves',
  text: `SELECT seal_no AS no, table_name AS table, encode(sha256(leaves), 'hex') AS hash
    FROM seal_leaves WHERE seal_no BETWEEN $1 AND $2`,
};
