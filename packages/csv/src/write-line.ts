/** What a cell can't hold without quotes. Tabs and semicolons are what other readers part cells by. */
const SPECIAL = /[",;\t\r\n]/;

/** The cells of a row as RFC 4180 writes them, without the end of the line. */
export function writeCells(cells: readonly string[]): string {
  return cells
    .map((cell) => (SPECIAL.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
}
