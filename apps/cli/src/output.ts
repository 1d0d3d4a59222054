import process from 'node:process';
import { formatTable, visible } from './table.ts';

/** Money and ids as text, dates as ISO; nothing that JSON can't hold. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, (_key, item: unknown) => plain(item))}\n`);
}

/** Some texts are the provider's or a submitter's: what a terminal would obey is made visible. */
export function printLine(text = ''): void {
  process.stdout.write(`${visible(text)}\n`);
}

export function printTable(...table: Parameters<typeof formatTable>): void {
  for (const line of formatTable(...table)) process.stdout.write(`${line}\n`);
}

function plain(item: unknown): unknown {
  return typeof item === 'bigint' ? String(item) : item;
}
