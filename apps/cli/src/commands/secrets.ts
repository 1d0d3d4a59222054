import { mkdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Output } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { keepSecrets } from '../secrets/keep-secrets.ts';
import { handOut } from '../secrets/readers.ts';
import { UsageError } from '../usage-error.ts';

/** Draws the secrets of a system that are not there yet, and gives each to those who need it. Prints none. */
export async function makeSecrets(folder: string, { json }: Output): Promise<void> {
  const own = resolve(folder);
  await mkdir(own, { recursive: true, mode: 0o700 });
  const { mode } = await stat(own);
  if ((mode & 0o077) !== 0) {
    throw new UsageError(`${own} must be a folder that only you may enter: chmod 700`);
  }
  const { secrets, drawn } = await keepSecrets(own);
  await handOut(own, secrets);
  if (json) printJson({ folder, drawn });
  else printLine(`Secrets drawn: ${drawn.join(', ') || 'none, all were there'}.`);
}
