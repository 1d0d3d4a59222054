import { operations } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { printJson, printLine } from '../output.ts';
import { UsageError } from '../usage-error.ts';

/** Makes a key of somebody, or of whoever asks, and prints it, once: it is kept nowhere. */
export async function addKey(
  name: string | undefined,
  { days, json }: Output & { readonly days: string },
): Promise<void> {
  if (!/^[1-9]\d{0,3}$/.test(days)) throw new UsageError('--days is a whole number');
  await using desk = openDesk();
  const person = name ?? (await desk.ask(operations.readMe, {})).person;
  const issued = await desk.ask(operations.issueKey, {
    params: { person },
    body: { days: Number(days) },
  });
  if (json) printJson(issued);
  else printLine(issued.key);
}

/** Takes a key no more. */
export async function revokeKey(
  prefix: string,
  { reason, json }: Output & { readonly reason: string },
): Promise<void> {
  await using desk = openDesk();
  const done = await desk.ask(operations.revokeKey, { params: { prefix }, body: { reason } });
  if (json) printJson(done);
  else printLine(`Key ${prefix} is not taken any more.`);
}
