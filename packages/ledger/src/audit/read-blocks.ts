import type { Ledger } from '../connection.ts';
import { run, type Queryable } from '../sql.ts';
import type { Block, Head } from './block.ts';

/** Blocks above a number, in order, at most `limit`. What they say is as it stands in the database: nothing is verified. */
export async function readBlocks(on: Queryable, after: number, limit: number): Promise<Block[]> {
  return run<Block>(on, READ, [after, limit]);
}

/** The newest block; undefined where nothing was sealed yet. */
export async function readLastBlock(on: Queryable): Promise<Block | undefined> {
  return (await run<Block>(on, READ_LAST, []))[0];
}

/** The head of the audit chain; undefined where nothing was sealed yet. */
export async function readHead(ledger: Ledger): Promise<Head | undefined> {
  const block = await readLastBlock(ledger.pool);
  return block && { no: block.no, hash: block.hash, at: block.at };
}

/** How a moment is written in a block: in UTC, to the microsecond. */
export const AS_MOMENT = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

const BLOCK = `SELECT no, to_char(at AT TIME ZONE 'UTC', ${AS_MOMENT}) AS at, chain, form,
    system_identifier AS "systemIdentifier", timeline, facts, positions, ranges,
    encode(previous_hash, 'hex') AS "previousHash", encode(hash, 'hex') AS hash
  FROM seals`;

const READ = { name: 'read-seals', text: `${BLOCK} WHERE no > $1 ORDER BY no LIMIT $2` };

const READ_LAST = { name: 'read-last-seal', text: `${BLOCK} ORDER BY no DESC LIMIT 1` };
