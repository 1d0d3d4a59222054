import { findOnPath } from './account.ts';
import { unpackDebianRedis } from './debian.ts';

export interface RedisBinary {
  readonly file: string;
  readonly origin: string;
  /** What it needs in its environment to find its libraries. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Redis or Valkey from PATH, else the distribution's own package, unpacked without root. */
export async function findRedis(): Promise<RedisBinary | undefined> {
  for (const name of ['redis-server', 'valkey-server']) {
    const file = await findOnPath(name);
    if (file) return { file, origin: file };
  }
  return unpackDebianRedis();
}
