import type { GivenStatementRow } from '@salio/domain';
import { unescapeFormula, withoutThousands } from './cell-text.ts';
import { isTooLong, readRecords } from './read-records.ts';
import type { StatementForm } from './statement-form.ts';
import { readStatementHeader, type StatementPlaces } from './statement-header.ts';

/**
 * Reads the rows of a provider's statement as readRecords does. Rows that don't fit the header come with a fault. Throws as
 * readRecords does.
 */
export function readStatement(
  bytes: AsyncIterable<Uint8Array>,
  form: StatementForm,
): AsyncGenerator<GivenStatementRow[], undefined> {
  return readRecords(bytes, {
    encoding: form.encoding,
    nothing: 'the file is empty: a header with the columns of the profile is required',
    readHeader: (cells) => readStatementHeader(cells, form),
    toRow,
  });
}

function toRow(cells: readonly string[], { at, count }: StatementPlaces): GivenStatementRow {
  if (isTooLong(cells)) return { ...EMPTY, fault: 'row_too_long' };
  const cell = (place: number) => unescapeFormula(cells[place] ?? '').trim();
  const read = {
    requestId: cell(at.requestId),
    phone: cell(at.phone),
    amount: moneyOf(cell(at.amount)),
    currency: cell(at.currency),
    discount: moneyOf(cell(at.discount)),
    status: cell(at.status),
    time: cell(at.time),
    whole: cells.join(BETWEEN),
  };
  return cells.length === count ? read : { ...read, fault: 'row_malformed' };
}

/** No cell has it: a unit separator. */
const BETWEEN = '\u001f';
const WITH_CODE = /^([A-Za-z]{3})\s*(\S.*)$/;

/** `KES 1,234.50` as `KES 1234.50`. */
function moneyOf(text: string): string {
  const [, code, number] = WITH_CODE.exec(text) ?? [];
  if (code === undefined || number === undefined) return withoutThousands(text);
  return `${code.toUpperCase()} ${withoutThousands(number)}`;
}

const EMPTY = {
  requestId: '',
  phone: '',
  amount: '',
  currency: '',
  discount: '',
  status: '',
  time: '',
  whole: '',
};
