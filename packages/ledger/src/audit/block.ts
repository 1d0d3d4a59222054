import { createHash } from 'node:crypto';
import { canonicalJson } from '@salio/domain';
import type { Positions, SealedRange } from '../schema/audit.ts';

/** A block of the audit chain, without its hash. */
export interface BlockContent {
  /** From 1, without a gap. */
  readonly no: number;
  /** When it was sealed: ISO 8601, UTC, with microseconds, as the database says it. */
  readonly at: string;
  /** Counts the databases that the chain went on in. */
  readonly chain: number;
  readonly form: number;
  readonly systemIdentifier: string;
  readonly timeline: number;
  /** How many facts it seals. */
  readonly facts: number;
  readonly positions: Positions;
  readonly ranges: readonly SealedRange[];
}

export interface Block extends BlockContent {
  /** Hex, as every hash here. */
  readonly previousHash: string;
  readonly hash: string;
}

/** Which block is the newest, and its hash: whoever has noted it can tell later that nothing before it was changed. */
export interface Head {
  readonly no: number;
  readonly hash: string;
  readonly at: string;
}

/** The hash before the first block. */
export function rootHash(ledgerId: string): string {
  return createHash('sha256').update(`salio audit chain\n${ledgerId}`).digest('hex');
}

/** SHA-256 over the hash before and everything that the block says. */
export function blockHash(previousHash: string, content: BlockContent): string {
  const { no, at, chain, form, systemIdentifier, timeline, facts, positions, ranges } = content;
  const told = { no, at, chain, form, systemIdentifier, timeline, facts, positions, ranges };
  return createHash('sha256')
    .update(Buffer.from(previousHash, 'hex'))
    .update(canonicalJson(told))
    .digest('hex');
}

/** `12-1f9a…`: block and hash, as people note them. */
export function formatHead({ no, hash }: Pick<Head, 'no' | 'hash'>): string {
  return `${no}-${hash}`;
}

/** Reads what formatHead wrote; undefined where the text is something else. */
export function parseHead(text: string): Pick<Head, 'no' | 'hash'> | undefined {
  const [, no, hash] = /^([1-9]\d{0,8})-([0-9a-f]{64})$/i.exec(text.trim()) ?? [];
  if (no === undefined || hash === undefined) return undefined;
  return { no: Number(no), hash: hash.toLowerCase() };
}

/** The number up to which a table's facts are sealed; text of 64 bits. */
export function positionOf(positions: Positions, table: string): string {
  return positions[table] ?? '0';
}
