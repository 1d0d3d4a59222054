import { REJECTION_REASONS } from '@salio/domain';
import { operations } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { printJson, printLine } from '../output.ts';
import { readRejections } from '../submission/read-rejections.ts';

export async function showBatch(name: string, options: Output): Promise<void> {
  await using desk = openDesk();
  const found = await desk.ask(operations.readBatch, { params: { batch: name } });
  if (options.json) return printJson(found);
  for (const [field, value] of Object.entries(found)) {
    const text = value instanceof Date ? value.toISOString() : JSON.stringify(value);
    printLine(`${field.padEnd(16)} ${text}`);
  }
}

export async function showRejections(name: string, options: Output): Promise<void> {
  await using desk = openDesk();
  for await (const rejection of readRejections(desk, name)) {
    if (options.json) printJson(rejection);
    else {
      const { row, reason, column, detail } = rejection;
      const where = column === undefined ? '' : ` ${column}`;
      printLine(`row ${row}${where}: ${REJECTION_REASONS[reason]}${detail ? ` (${detail})` : ''}`);
    }
  }
}
