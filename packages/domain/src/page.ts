import { createHash } from 'node:crypto';
import type { InputRow } from './row.ts';
import type { Money } from './money.ts';
import { furtherTerms, type Terms } from './terms.ts';

/**
 * Rows on every page of a submission but its last. Part of the protocol, not a setting: the content hash is made from
 * the pages' hashes, so the same rows must always be cut the same way. A thousand rows are about 60 kB in Redis, and one
 * transaction of some 20 ms.
 */
export const PAGE_ROWS = 1000;
/** Rows of a batch: row numbers and their arithmetic stay far inside 32 bits. */
export const BATCH_ROWS_MAX = 50_000_000;

/** What a submitter declares of a whole batch, and what the ledger finds in the pages that it has. */
export interface Declaration {
  readonly pages: number;
  /** Rows as read, rejections included. */
  readonly rows: number;
  /** SHA-256 over terms and rows as read, hex. */
  readonly contentHash: string;
  /** Per currency, over rows whose amount parses; sorted by currency. */
  readonly controlSums: readonly Money[];
}

/** SHA-256 over a page's rows as read, hex. Each text is prefixed with its length, so no two pages read alike. */
export function pageHash(rows: readonly InputRow[]): string {
  let text = `salio page 1\n${rows.length}\n`;
  for (const { phone, amount, currency, reference, note, fault = '' } of rows) {
    text += measured(phone) + measured(amount) + measured(currency);
    text += `${measured(reference) + measured(note) + measured(fault)}\n`;
  }
  return createHash('sha256').update(text).digest('hex');
}

/** SHA-256 over the terms, the row count and every page's hash in order, hex. */
export function contentHash(terms: Terms, rows: number, pageHashes: Iterable<string>): string {
  const hash = createHash('sha256');
  hash.update(`salio content 1\n${terms.onRejections}\n${terms.allowDuplicates}\n${rows}\n`);
  for (const [name, text] of furtherTerms(terms)) hash.update(`${name} ${measured(text)}\n`);
  for (const page of pageHashes) hash.update(`${page}\n`);
  return hash.digest('hex');
}

export type Mismatch = 'pages' | 'rows' | 'content_hash' | 'control_sums';

/** In what a batch as it arrived differs from what was declared of it. Empty: it is whole. */
export function mismatches(declared: Declaration, found: Declaration): Mismatch[] {
  const differing: Mismatch[] = [];
  if (declared.pages !== found.pages) differing.push('pages');
  if (declared.rows !== found.rows) differing.push('rows');
  if (declared.contentHash !== found.contentHash) differing.push('content_hash');
  if (sumsText(declared.controlSums) !== sumsText(found.controlSums))
    differing.push('control_sums');
  return differing;
}

function sumsText(sums: readonly Money[]): string {
  return sums
    .map(({ currency, units }) => `${currency} ${units}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join();
}

function measured(text: string): string {
  return `${text.length}:${text}`;
}
