import { STATEMENT_COLUMNS, type StatementColumn } from '@salio/domain';
import { FileUnreadable } from './file-unreadable.ts';
import { STATEMENT_COLUMNS_NEEDED, type StatementForm } from './statement-form.ts';

/** What the header of a statement says of the rows below it. */
export interface StatementPlaces {
  /** Cells of a row. */
  readonly count: number;
  /** Which cell it is, from 0; below 0 where the file has no such column. */
  readonly at: Readonly<Record<StatementColumn, number>>;
}

/**
 * Finds the columns by their names, in whatever order they stand. A column that the profile names and the file lacks, and one of
 * the file that the profile doesn't name, are both refused: the provider has changed something, and nobody knows what. Throws
 * FileUnreadable.
 */
export function readStatementHeader(
  cells: readonly string[],
  form: StatementForm,
): StatementPlaces {
  const names = cells.map(plain);
  const place = (column: StatementColumn) => placeOf(names, column, form);
  const at = {
    requestId: place('requestId'),
    phone: place('phone'),
    amount: place('amount'),
    currency: place('currency'),
    discount: place('discount'),
    status: place('status'),
    time: place('time'),
  };
  refuseTwice(cells, Object.values(at));
  refuseUnknown(cells, Object.values(at), form);
  const missing = STATEMENT_COLUMNS_NEEDED.filter((name) => at[name] < 0);
  if (missing.length > 0) throw wrong(`column ${missing.join(', ')} is missing`);
  return { count: names.length, at };
}

function placeOf(
  names: readonly string[],
  column: StatementColumn,
  { columns, ignore }: StatementForm,
): number {
  const theirs = columns.get(column);
  if (theirs !== undefined) {
    const at = names.indexOf(plain(theirs));
    if (at >= 0) return at;
    throw wrong(`there is no column ${shown(theirs)}, which is to be ${column}`);
  }
  // A name that the profile gives to something else is not ours.
  const given = [...columns.values(), ...ignore].map(plain);
  const own = plain(column);
  return given.includes(own) ? -1 : names.indexOf(own);
}

function refuseTwice(cells: readonly string[], places: readonly number[]): void {
  const names = cells.map(plain);
  const used = places.filter((place) => place >= 0);
  const twice = used.find(
    (place, index) =>
      used.indexOf(place) !== index ||
      names.indexOf(names[place] ?? '') !== names.lastIndexOf(names[place] ?? ''),
  );
  if (twice !== undefined) throw wrong(`column ${shown(cells[twice] ?? '')} stands there twice`);
}

function refuseUnknown(
  cells: readonly string[],
  places: readonly number[],
  { ignore }: StatementForm,
): void {
  const passed = new Set(ignore.map(plain));
  const unknown = cells.find((cell, index) => !places.includes(index) && !passed.has(plain(cell)));
  if (unknown === undefined) return;
  throw wrong(
    `unknown column ${shown(unknown)}; known are ${STATEMENT_COLUMNS.join(', ')}, others can be mapped or ignored`,
  );
}

const plain = (name: string) => name.trim().toLowerCase();
const shown = (name: string) => JSON.stringify(name.trim().slice(0, 40));
const wrong = (text: string) => new FileUnreadable(`header: ${text}`);
