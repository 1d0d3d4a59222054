import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { findOnPath, isExecutable } from './account.ts';
import type { RedisBinary } from './redis-binary.ts';
import { ServiceUnavailable } from './service.ts';

const execute = promisify(execFile);
/** Newer releases of Debian and Ubuntu may carry only the second. */
const PACKAGES = ['redis-server', 'valkey-server'];

/**
 * Unpacks the distribution's own Redis package, and the libraries that it lacks here, into the user's cache. It needs no
 * root and changes nothing on the system. Undefined where this is no Debian; throws ServiceUnavailable where apt fails.
 */
export async function unpackDebianRedis(): Promise<RedisBinary | undefined> {
  if (!(await findOnPath('apt-get')) || !(await findOnPath('dpkg-deb'))) return undefined;
  const target = join(cacheFolder(), `redis-${await distribution()}-${process.arch}`);
  const found = await findUnpacked(target);
  if (found) return found;

  process.stderr.write(`Redis is not installed: unpacking the system's package into ${target}\n`);
  const work = `${target}.${process.pid}`;
  try {
    await mkdir(join(work, 'root'), { recursive: true });
    await unpack(work);
    await publish(join(work, 'root'), target);
  } catch (cause) {
    throw new ServiceUnavailable(`Redis could not be fetched with apt-get: ${aptReason(cause)}`, {
      cause,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return findUnpacked(target);
}

function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'salio');
}

async function distribution(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)`, 'm').exec(release)?.[1] ?? '';
  return `${field('ID')}${field('VERSION_ID')}`;
}

async function unpack(work: string): Promise<void> {
  const packages = join(work, 'packages');
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'packages']) {
    await mkdir(join(work, folder), { recursive: true });
  }
  const settings = [
    `Dir::State=${work}/state`,
    `Dir::Cache=${work}/cache`,
    'Dir::State::status=/var/lib/dpkg/status',
    'Acquire::Languages=none',
    'APT::Sandbox::User=root',
    'Debug::NoLocking=1',
  ].flatMap((setting) => ['-o', setting]);
  const apt = async (...args: string[]) =>
    (await execute('apt-get', [...settings, ...args], { cwd: packages })).stdout;
  await apt('-q', 'update');
  for (const [index, name] of PACKAGES.entries()) {
    try {
      await apt('-q', 'download', ...(await missingPackages(apt, name)));
      break;
    } catch (error) {
      if (index === PACKAGES.length - 1) throw error;
    }
  }
  for (const file of await readdir(packages)) {
    await execute('dpkg-deb', ['-x', join(packages, file), join(work, 'root')]);
  }
}

/** The package and what it needs that isn't installed here, as apt plans it. */
async function missingPackages(
  apt: (...args: string[]) => Promise<string>,
  name: string,
): Promise<string[]> {
  const plan = await apt('install', '--print-uris', '-y', '--no-install-recommends', name);
  const missing = [...plan.matchAll(/^'[^']*' ([^_\s]+)_/gm)].map((match) => match[1] ?? '');
  // An empty plan says that the package is installed, though its program is not on PATH.
  return missing.length > 0 ? missing : [name, name.replace('server', 'tools')];
}

/** Another process may have been faster; its copy is as good. */
async function publish(root: string, target: string): Promise<void> {
  await rename(root, target).catch(async (error: unknown) => {
    if (await findUnpacked(target)) return;
    await rm(target, { recursive: true, force: true });
    await rename(root, target).catch(() => {
      throw error;
    });
  });
}

async function findUnpacked(target: string): Promise<RedisBinary | undefined> {
  for (const name of PACKAGES) {
    const file = join(target, 'usr/bin', name);
    if (!(await isExecutable(file))) continue;
    const folders = ['usr/lib', 'lib'].map((folder) => join(target, folder));
    const libraries = (await Promise.all(folders.map(libraryFolders))).flat();
    return { file, origin: file, env: { LD_LIBRARY_PATH: libraries.join(':') } };
  }
  return undefined;
}

async function libraryFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && entry.name.includes('-linux-gnu'))
    .map((entry) => join(folder, entry.name));
}

function aptReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.find((line) => line.startsWith('E:')) ?? lines[0] ?? 'no reason was given';
}
