import { STATEMENT_COLUMNS, type StatementColumn } from '@salio/domain';
import { FormInvalid } from './form-invalid.ts';

/** What a file's columns are called here. */
export const COLUMN_NAMES = ['phone', 'amount', 'currency', 'reference', 'note'] as const;
export type ColumnName = (typeof COLUMN_NAMES)[number];

/** Encodings of files that can be read; the names are those of the WHATWG. */
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** How a file is written, as far as it does not say so itself. */
export interface FileForm {
  /** For rows without a currency. */
  readonly currency?: string;
  /** What the file calls its columns. Where this is given, columns that nobody asked for are passed over. */
  readonly columns?: ReadonlyMap<ColumnName, string>;
  /** Where it is not UTF-8 and has no byte order mark. */
  readonly encoding?: Encoding;
}

/** The older name of windows-1252, which has all of its letters. */
const LATIN_1 = /^(?:latin-?1|iso-8859-1)$/i;

/** Throws FormInvalid. */
export function parseEncoding(text: string): Encoding {
  if (LATIN_1.test(text)) return 'windows-1252';
  const known = ENCODINGS.find((name) => name === text.toLowerCase());
  if (!known) throw new FormInvalid(`--encoding is one of ${ENCODINGS.join(', ')}, latin1`);
  return known;
}

/** One piece of a mapping: a name, and what follows, in quotes where it has a comma. */
const PIECE = /\s*(\w+)\s*=\s*("(?:[^"]|"")*"|[^",]*)\s*(?:,|$)/y;

/** Reads `phone=Mobile,amount="Net pay"`. Throws FormInvalid. */
export function parseColumns(text: string): ReadonlyMap<ColumnName, string> {
  return parseMapping(text, COLUMN_NAMES, 'phone=Mobile,amount="Net pay"');
}

/** Reads `requestId="Transaction ID",status=State`. Throws FormInvalid. */
export function parseStatementColumns(text: string): ReadonlyMap<StatementColumn, string> {
  return parseMapping(text, STATEMENT_COLUMNS, 'requestId="Transaction ID",status=State');
}

function parseMapping<Name extends string>(
  text: string,
  names: readonly Name[],
  example: string,
): ReadonlyMap<Name, string> {
  const columns = new Map<Name, string>();
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const at = PIECE.lastIndex;
    const [, ours = '', given = ''] = PIECE.exec(text) ?? [];
    const name = names.find((known) => known.toLowerCase() === ours.toLowerCase());
    const theirs = given.startsWith('"') ? given.slice(1, -1).replaceAll('""', '"') : given.trim();
    if (!name || theirs === '') {
      throw new FormInvalid(
        `--map is like ${example}, with ${names.join(', ')}; not ${JSON.stringify(text.slice(at, at + 40))}`,
      );
    }
    if (columns.has(name)) throw new FormInvalid(`--map names ${name} twice`);
    columns.set(name, theirs);
  }
  if (columns.size === 0) throw new FormInvalid('--map is empty');
  return columns;
}
