import process from 'node:process';

/** Money and ids as text, dates as ISO; nothing that JSON can't hold. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, (_key, item: unknown) => plain(item))}\n`);
}

export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Columns as wide as their widest cell; cells of numbers are aligned to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const numeric = head.map((_, column) =>
    rows.every((row) => /^-?[\d.]*$/.test(row[column] ?? '')),
  );
  for (const row of [head, ...rows]) {
    const cells = row.map((cell, column) =>
      numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    );
    printLine(cells.join('  ').trimEnd());
  }
}

function plain(item: unknown): unknown {
  return typeof item === 'bigint' ? String(item) : item;
}
