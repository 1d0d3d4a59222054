import { COLUMN_NAMES, type ColumnName, type FileForm } from './file-form.ts';
import { FileUnreadable } from './file-unreadable.ts';

/** What a header says of the rows below it. */
export interface Columns {
  /** Cells of a row. */
  readonly count: number;
  /** Which cell it is, from 0; below 0 where the file has no such column. */
  readonly at: Readonly<Record<ColumnName, number>>;
}

/** What our own files of rejected rows have besides, for people. */
export const REJECTED_COLUMNS = ['rejected_row', 'rejected_because'] as const;

/** Throws FileUnreadable. */
export function readHeader(cells: readonly string[], form: FileForm): Columns {
  const names = cells.map((cell) => cell.trim().toLowerCase());
  const place = (name: ColumnName) => placeOf(names, name, form);
  const at = {
    phone: place('phone'),
    amount: place('amount'),
    currency: place('currency'),
    reference: place('reference'),
    note: place('note'),
  };
  if (!form.columns) refuseUnknown(names);
  refuseTwice(names, at);
  const wanted: readonly ColumnName[] =
    form.currency === undefined ? ['phone', 'amount', 'currency'] : ['phone', 'amount'];
  const missing = wanted.filter((name) => at[name] < 0);
  if (missing.length > 0) {
    const hint = missing.includes('currency') ? ' (or give --currency)' : '';
    throw new FileUnreadable(`header: column ${missing.join(', ')} is missing${hint}`);
  }
  return { count: names.length, at };
}

function placeOf(names: readonly string[], name: ColumnName, { columns }: FileForm): number {
  const theirs = columns?.get(name);
  if (theirs === undefined) {
    const other = [...(columns ?? [])].some(([, used]) => used.trim().toLowerCase() === name);
    return other ? -1 : names.indexOf(name);
  }
  const at = names.indexOf(theirs.trim().toLowerCase());
  if (at >= 0) return at;
  throw new FileUnreadable(`header: there is no column ${shown(theirs)}, which is to be ${name}`);
}

/** Without a mapping: a column that is misspelt must not be passed over. */
function refuseUnknown(names: readonly string[]): void {
  const unknown = names.find((name) => !KNOWN.has(name));
  if (unknown === undefined) return;
  throw new FileUnreadable(
    `header: unknown column ${shown(unknown)}; known are ${COLUMN_NAMES.join(', ')}, others can be mapped`,
  );
}

function refuseTwice(names: readonly string[], at: Columns['at']): void {
  const used = Object.values(at).filter((place) => place >= 0);
  const twice = used.find(
    (place) => names.lastIndexOf(names[place] ?? '') !== names.indexOf(names[place] ?? ''),
  );
  if (twice === undefined && new Set(used).size === used.length) return;
  const name = names[twice ?? used.find((place, index) => used.indexOf(place) !== index) ?? 0];
  throw new FileUnreadable(`header: column ${name} stands there twice`);
}

const shown = (name: string) => JSON.stringify(name.slice(0, 40));
const KNOWN: ReadonlySet<string> = new Set([...COLUMN_NAMES, ...REJECTED_COLUMNS]);
