import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chown, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/** Whom a server runs as; empty for the current user. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** Postgres refuses to run as root, so root hands over to "nobody". */
export function unprivilegedAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  return { uid: nobody('-u'), gid: nobody('-g') };
}

/** A fresh folder below the system's temporary one, that `account` owns. */
export async function temporaryFolder(prefix: string, account: Account): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  if (account.uid !== undefined && account.gid !== undefined) {
    await chown(folder, account.uid, account.gid);
  }
  return folder;
}

/** The path of the first executable of that name on PATH. */
export async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const file = join(folder, name);
    if (folder !== '' && (await isExecutable(file))) return file;
  }
  return undefined;
}

export async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function nobody(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
}
