import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

/**
 * What must become of a row, known by who made it and by nobody else.
 *
 * - `paid`: credited once. `refused`: the provider refuses it, nothing is credited.
 * - `rejected`: never becomes a line.
 */
export type Fate = 'paid' | 'refused' | 'rejected';

export interface MadeRow {
  /** From 1, the header not counted. */
  readonly row: number;
  readonly phone: string;
  readonly amount: string;
  readonly currency: string;
  readonly reference: string;
  readonly fate: Fate;
}

/** Every so many rows one is spoilt: that many are invalid, duplicate, or refused by the provider. */
const INVALID_EVERY = 97;
const DUPLICATE_EVERY = 211;
const REFUSED_EVERY = 151;

const INVALID: readonly Partial<MadeRow>[] = [
  { phone: '12345' },
  { amount: '-5' },
  { amount: '9.99' },
  { amount: '10000.01' },
  { amount: '1e3' },
  { amount: 'NaN' },
  { amount: '10.123' },
  { currency: 'UGX' },
  { currency: 'XXX' },
];

/**
 * Rows of a file, always the same for the same numbers. No two payable rows have the same phone. Files whose `firstPhone`s
 * are less than `count` apart share phones, with the same amounts.
 */
export function* makeRows(count: number, name: string, firstPhone = 0): Generator<MadeRow> {
  let before: MadeRow | undefined;
  for (let row = 1; row <= count; row += 1) {
    const made = makeRow(row, name, row + firstPhone, before);
    if (made.fate === 'paid') before = made;
    yield made;
  }
}

/** Writes rows as CSV, waiting for the disk where it is slower. */
export async function writeFile(path: string, rows: Iterable<MadeRow>): Promise<void> {
  const file = createWriteStream(path);
  file.write('phone,amount,currency,reference,note\n');
  for (const { phone, amount, currency, reference } of rows) {
    if (!file.write(`${phone},${amount},${currency},${reference},\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

function makeRow(row: number, name: string, phone: number, before: MadeRow | undefined): MadeRow {
  const good: MadeRow = {
    row,
    phone: plainPhone(phone),
    amount: `${10 + (phone % 90)}${phone % 3 === 0 ? '.50' : ''}`,
    currency: 'KES',
    reference: `${name}-${row}`,
    fate: 'paid',
  };
  if (row % DUPLICATE_EVERY === 0 && before) return { ...before, row, fate: 'rejected' };
  if (row % INVALID_EVERY === 0) {
    const spoilt = INVALID[Math.floor(row / INVALID_EVERY) % INVALID.length];
    return { ...good, ...spoilt, fate: 'rejected' };
  }
  if (row % REFUSED_EVERY === 0) return { ...good, phone: refusedPhone(phone), fate: 'refused' };
  return good;
}

/** Never ends in the simulator's reserved numbers, 9900 to 9999. */
function plainPhone(number: number): string {
  const high = Math.floor(number / 9_900);
  return `+2547${String(1_000 + high).padStart(4, '0')}${String(number % 9_900).padStart(4, '0')}`;
}

/** 9902: the simulator says that the phone is invalid. The front differs from every plain phone. */
function refusedPhone(number: number): string {
  return `+2547${String(2_000 + Math.floor(number / REFUSED_EVERY)).slice(0, 4)}9902`;
}
