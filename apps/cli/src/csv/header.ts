import { FileUnreadable } from './file-unreadable.ts';

const NAMES = ['phone', 'amount', 'currency', 'reference', 'note'] as const;
type Name = (typeof NAMES)[number];

/** What a header says of the rows below it. */
export interface Columns {
  /** Cells of a row. */
  readonly count: number;
  /** Which cell it is, from 0; below 0 where the file has no such column. */
  readonly at: Readonly<Record<Name, number>>;
}

/** `currency` is for files without that column. Throws FileUnreadable. */
export function readHeader(cells: readonly string[], currency: string | undefined): Columns {
  const names = cells.map((cell) => cell.trim().toLowerCase());
  const unknown = names.find((name) => !NAMES.some((known) => known === name));
  if (unknown !== undefined) {
    throw new FileUnreadable(
      `header: unknown column ${JSON.stringify(unknown.slice(0, 40))}; known are ${NAMES.join(', ')}`,
    );
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new FileUnreadable(`header: column ${twice} stands there twice`);
  const wanted = currency === undefined ? ['phone', 'amount', 'currency'] : ['phone', 'amount'];
  const missing = wanted.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const hint = missing.includes('currency') ? ' (or give --currency)' : '';
    throw new FileUnreadable(`header: column ${missing.join(', ')} is missing${hint}`);
  }
  const place = (name: Name) => names.indexOf(name);
  return {
    count: names.length,
    at: {
      phone: place('phone'),
      amount: place('amount'),
      currency: place('currency'),
      reference: place('reference'),
      note: place('note'),
    },
  };
}
