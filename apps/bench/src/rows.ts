import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** Rows written at once: some 64 kB. */
const ROWS_AT_ONCE = 1_000;

/** Writes a file of so many payable rows, always the same; no two have the same phone. Waits for the disk where it is slower. */
export async function writeRows(path: string, count: number): Promise<void> {
  const file = createWriteStream(path);
  file.write('phone,amount,currency,reference\n');
  for (let row = 1; row <= count; row += ROWS_AT_ONCE) {
    const last = Math.min(count, row + ROWS_AT_ONCE - 1);
    let text = '';
    for (let next = row; next <= last; next += 1) text += rowText(next);
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

function rowText(row: number): string {
  const amount = `${10 + (row % 90)}${row % 3 === 0 ? '.50' : ''}`;
  return `${phoneOf(row)},${amount},KES,pay-${row}\n`;
}

/** Never ends in the simulator's reserved numbers, 9900 to 9999. */
function phoneOf(row: number): string {
  const high = 1_000 + Math.floor(row / 9_900);
  return `+2547${high}${String(row % 9_900).padStart(4, '0')}`;
}
