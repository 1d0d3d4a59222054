/** Numbers, and money as `KES 100.0000`: aligned to the right, so that digits stand below each other. */
const NUMBER = /^(?:[A-Z]{3} )?-?[\d.,]*$/;

/**
 * Rows as lines of text, each column as wide as its widest cell. Nothing is cut. What a terminal would obey (colours, line ends)
 * is made visible: some texts are the provider's or a submitter's. `paint` is for colours and must not change how wide a cell is.
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  paint: (cell: string, column: number) => string = (cell) => cell,
): string[] {
  const shown = rows.map((row) => head.map((_, column) => visible(row[column] ?? '')));
  const columns = head.map((title, column) => {
    const cells = shown.map((row) => row[column] ?? '');
    return {
      width: Math.max(title.length, ...cells.map((cell) => cell.length)),
      right: cells.length > 0 && cells.every((cell) => NUMBER.test(cell)),
    };
  });
  const lineOf = (row: readonly string[], painted: typeof paint) =>
    columns
      .map(({ width, right }, column) => {
        const cell = row[column] ?? '';
        const space = ' '.repeat(width - cell.length);
        return right ? space + painted(cell, column) : painted(cell, column) + space;
      })
      .join('  ')
      .trimEnd();
  return [lineOf(head, (cell) => cell), ...shown.map((row) => lineOf(row, paint))];
}

/** Text with control characters written as `\n`, `\u001b`. */
export function visible(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (sign) => {
    const escaped = JSON.stringify(sign).slice(1, -1);
    return escaped === sign ? `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}` : escaped;
  });
}
