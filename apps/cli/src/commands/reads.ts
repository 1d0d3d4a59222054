import { formatMoney, REJECTION_REASONS } from '@salio/domain';
import { operations } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { limitsJson, tellLimits } from '../limits.ts';
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

/** What releasing a batch would come to. */
export async function showForecast(name: string, { json }: Output): Promise<void> {
  await using desk = openDesk();
  const found = await desk.ask(operations.forecastBatch, { params: { batch: name } });
  const { limits } = found;
  const [sums, discounts] = [found.sums, found.discounts].map((all) => all.map(formatMoney));
  if (json) return printJson({ sums, discounts, limits: limitsJson(limits) });
  printLine(`It comes to ${sums?.join(' + ') || 'nothing'}.`);
  printLine(`Expected discount: ${discounts?.join(' + ') || 'not known'}.`);
  if (limits.enough) printLine('Floats and caps would let all of it go now.');
  for (const line of tellLimits(limits)) printLine(line);
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
