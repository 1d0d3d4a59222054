import { KEY_OVERLAP_MAX_MS } from '@salio/ledger';
import { operations } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { UsageError } from '../usage-error.ts';

const HOUR_MS = 3_600_000;

/** Makes a source and prints its credential, once: the private key is kept nowhere else. */
export async function addSource(name: string, output: Output): Promise<void> {
  await using desk = openDesk();
  tell(await desk.ask(operations.addSource, { body: { name } }), output);
}

export interface RotateOptions extends Output {
  readonly overlapHours: string;
  readonly reason?: string;
}

/** Gives a source another key and prints its credential, once. */
export async function rotateSource(source: string, options: RotateOptions): Promise<void> {
  const overlapHours = Number(options.overlapHours);
  const hoursMax = KEY_OVERLAP_MAX_MS / HOUR_MS;
  if (options.overlapHours.trim() === '' || !(overlapHours >= 0 && overlapHours <= hoursMax)) {
    throw new UsageError(`--overlap-hours is 0 to ${hoursMax}`);
  }
  const { reason } = options;
  await using desk = openDesk();
  const issued = await desk.ask(operations.rotateSource, {
    params: { source },
    body: { overlapHours, ...(reason && { reason }) },
  });
  tell(issued, options);
}

function tell(issued: { readonly source: string; readonly credential: string }, output: Output) {
  if (output.json) printJson(issued);
  else printLine(issued.credential);
}

/** Takes nothing of a source any more. */
export async function revokeSource(
  source: string,
  { reason, json }: Output & { readonly reason: string },
): Promise<void> {
  await using desk = openDesk();
  const done = await desk.ask(operations.revokeSource, { params: { source }, body: { reason } });
  if (json) printJson(done);
  else printLine(`Nothing of ${source} is taken any more.`);
}

/** All of them, with how their keys stand. */
export async function showSources({ json }: Output): Promise<void> {
  await using desk = openDesk();
  const { sources } = await desk.ask(operations.listSources, {});
  if (json) {
    for (const source of sources) printJson(source);
    return;
  }
  const shown = (moment: Date | undefined) => moment?.toISOString() ?? '';
  printTable(
    ['source', 'added', 'new key', 'old key until', 'revoked'],
    sources.map((source) => [
      source.name,
      shown(source.createdAt),
      shown(source.rotatedAt),
      shown(source.previousUntil),
      shown(source.revokedAt),
    ]),
  );
}
