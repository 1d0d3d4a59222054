import type { SealedRange } from '../schema/audit.ts';
import { blockHash, positionOf, type Block, type Head } from './block.ts';
import { chainAfter } from './chain-after.ts';
import type { ChainProblem } from './chain-problem.ts';
import { tablesOfForm } from './fact-tables.ts';

/** What is wrong with a block by itself, after the one before it, and against the head that somebody noted. */
export function checkBlock(
  block: Block,
  previous: Block | undefined,
  noted: Pick<Head, 'no' | 'hash'> | undefined,
): ChainProblem | undefined {
  const no = (previous?.no ?? 0) + 1;
  if (block.no !== no) return { kind: 'block_missing', block: no };
  if (!isWhole(block)) return { kind: 'block_changed', block: no };
  if (previous && block.previousHash !== previous.hash) return { kind: 'link_broken', block: no };
  if (noted?.no === no && noted.hash !== block.hash) return { kind: 'recomputed', block: no };
  const tables = tablesOfForm(block.form);
  if (!tables) return { kind: 'form_unknown', block: no, form: block.form };
  const known = new Set(tables.map(({ table }) => table));
  const detail = checkRanges(block, previous, known);
  return detail === undefined ? undefined : { kind: 'ranges_broken', block: no, detail };
}

function isWhole(block: Block): boolean {
  try {
    return blockHash(block.previousHash, block) === block.hash;
  } catch (error) {
    // What was never hashed: no block of ours has a number that JSON can't carry.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** A whole block that somebody else made may say anything: its shape is checked too. */
function checkRanges(
  block: Block,
  previous: Block | undefined,
  known: ReadonlySet<string>,
): string | undefined {
  if (block.chain !== (previous ? chainAfter(previous, block) : 1))
    return 'its chain has a wrong number';
  const ranges: unknown = block.ranges;
  if (!Array.isArray(ranges) || !ranges.every(isRange)) return 'its ranges can not be read';
  const expected = new Map(Object.entries(previous?.positions ?? {}));
  for (const { table, after, upto } of ranges) {
    if (!known.has(table)) return `${table} is no table of facts`;
    if (after !== positionOf(previous?.positions ?? {}, table)) return `${table} from ${after}`;
    if (BigInt(upto) <= BigInt(after)) return `${table} up to ${upto}`;
    expected.set(table, upto);
  }
  if (new Set(ranges.map(({ table }) => table)).size < ranges.length) return 'a table twice';
  const told: unknown = block.positions;
  if (typeof told !== 'object' || told === null) return 'its positions can not be read';
  const positions = Object.entries(told);
  const fits = positions.every(([table, position]) => expected.get(table) === position);
  if (!fits || positions.length !== expected.size)
    return 'its positions are not those of its ranges';
  const facts = ranges.reduce((sum, { count }) => sum + count, 0);
  return facts === block.facts ? undefined : 'its count is not that of its ranges';
}

function isRange(value: unknown): value is SealedRange {
  if (typeof value !== 'object' || value === null) return false;
  const { table, after, upto, count, digest, leaves } = value as Record<string, unknown>; // safe because it is an object
  const isNumber = (text: unknown) => typeof text === 'string' && /^\d{1,19}$/.test(text);
  const isHash = (text: unknown) => typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);
  return (
    typeof table === 'string' &&
    [after, upto].every(isNumber) &&
    Number.isSafeInteger(count) &&
    [digest, leaves].every(isHash)
  );
}
