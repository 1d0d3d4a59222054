import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createTestDatabase,
  eventually,
  startLocalServices,
  startProcess,
  testPrefix,
  type LocalServices,
} from '../src/index.ts';
import { answers } from './answers.ts';
import { query } from './query.ts';
import { smallTemplate } from './template.ts';

const holder = join(import.meta.dirname, 'processes/hold-services.ts');
const guest = join(import.meta.dirname, 'processes/use-given-services.ts');

const template = smallTemplate;
/** Servers of our own: what follows stops them, and asks them for passwords. */
const services = await startLocalServices({ given: 'ignore', durability: 'durable' });
afterAll(() => services[Symbol.asyncDispose]());

describe('local services', () => {
  it('start, and are gone with their folders after their process was killed with SIGKILL', async () => {
    const started = await startProcess({ file: holder, name: 'the holder' });
    const postgres = String(started.ready['postgres']);
    const redis = String(started.ready['redis']);
    const [row] = await query(postgres, 'SHOW data_directory');
    const folders = [String(row?.['data_directory']), await folderOf(redis)];
    expect(folders.map((folder) => existsSync(folder))).toEqual([true, true]);

    started.kill('SIGKILL');
    await started.exited;
    await eventually(() => folders.every((folder) => !existsSync(folder)));
    for (const url of [postgres, redis])
      expect(await answers(Number(new URL(url).port))).toBe(false);
  });

  it('bring Postgres back after a crash, on its port and with what was committed', async () => {
    const { ownerUrl } = await createTestDatabase(services, { template });
    await query(ownerUrl, `INSERT INTO note VALUES ('kept')`);
    await services.postgres.stopImmediate();
    await expect(query(ownerUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await services.postgres.start();
    expect(await query(ownerUrl, 'SELECT text FROM note')).toHaveLength(2);
  });

  it('bring Redis back after a kill, on its port', async () => {
    const { port } = new URL(services.redis.url);
    await services.redis.kill();
    expect(await answers(Number(port))).toBe(false);
    await services.redis.start();
    const redis = new Redis(services.redis.url);
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  });

  it('refuse to start what runs', async () => {
    await expect(services.redis.start()).rejects.toThrow('already runs');
  });
});

describe('given services', () => {
  it('are used only within a fresh database and prefix, also where passwords are asked for', async () => {
    const DATABASE_URL = await askForPasswords(services);
    const redis = new Redis(services.redis.url);
    await redis.set('somebody:elses', 'kept');
    const before = await contents(DATABASE_URL);

    await using run = await startProcess({
      file: guest,
      name: 'the guest',
      env: { DATABASE_URL, REDIS_URL: services.redis.url },
    });
    expect(run.ready['owned']).toBe(false);
    expect(new URL(String(run.ready['appUrl'])).pathname).not.toBe('/postgres');
    expect(await run.exited).toEqual({ code: 0, signal: null });
    expect(await contents(DATABASE_URL)).toEqual(before);
    expect(await redis.keys('*')).toEqual(['somebody:elses']);
    redis.disconnect();
  });

  it.each(['DATABASE_URL', 'REDIS_URL'])(
    'say in one sentence where %s names nothing',
    async (variable) => {
      const scheme = variable === 'REDIS_URL' ? 'redis' : 'postgres';
      const env = { [variable]: `${scheme}://127.0.0.1:1` };
      await expect(startProcess({ file: holder, name: 'the holder', env })).rejects.toThrow(
        new RegExp(
          `ServiceUnavailable: ${variable} is set, but no \\w+ answers there: .*ECONNREFUSED`,
        ),
      );
    },
  );

  it('are not ours to stop', async () => {
    process.env['REDIS_URL'] = services.redis.url;
    await using given = await startLocalServices();
    delete process.env['REDIS_URL'];
    await expect(given.redis.kill()).rejects.toThrow('not ours');
  });
});

describe('testPrefix', () => {
  it('takes its own keys away where Redis is given, and no others', async () => {
    const redis = new Redis(services.redis.url);
    const given = { redis: { url: services.redis.url, owned: false } };
    const mine = testPrefix(given);
    const other = testPrefix(given);
    await redis.mset(`${mine.prefix}:a`, '1', `${mine.prefix}:b`, '1', `${other.prefix}:c`, '1');
    await mine[Symbol.asyncDispose]();
    expect(await redis.exists(`${mine.prefix}:a`, `${mine.prefix}:b`)).toBe(0);
    expect(await redis.exists(`${other.prefix}:c`)).toBe(1);
    await other[Symbol.asyncDispose]();
    redis.disconnect();
  });

  it('is in braces, so that its keys share a slot', () => {
    expect(testPrefix(services, 'pages').prefix).toMatch(/^\{pages-[0-9a-f]{10}\}$/);
  });
});

async function folderOf(url: string): Promise<string> {
  const redis = new Redis(url);
  const info = await redis.call('CONFIG', 'GET', 'dir');
  redis.disconnect();
  return Array.isArray(info) ? String(info[1]) : '';
}

/** From now on the cluster wants a password of everybody; the administrator's URL with his. */
async function askForPasswords({ postgres }: LocalServices): Promise<string> {
  await query(postgres.url, `ALTER ROLE postgres PASSWORD 'secret'`);
  const [row] = await query(postgres.url, 'SHOW hba_file');
  await query(
    postgres.url,
    `COPY (SELECT 'host all all all scram-sha-256') TO '${String(row?.['hba_file'])}'`,
  );
  await query(postgres.url, 'SELECT pg_reload_conf()');
  const url = new URL(postgres.url);
  await eventually(() =>
    query(postgres.url, 'SELECT 1').then(
      () => false,
      () => true,
    ),
  );
  url.password = 'secret';
  return url.href;
}

/** What a guest could leave behind in a cluster. The group roles stay, as a migration's would. */
async function contents(url: string): Promise<unknown> {
  return {
    databases: await query(url, 'SELECT datname FROM pg_database ORDER BY 1'),
    logins: await query(url, 'SELECT rolname FROM pg_roles WHERE rolcanlogin ORDER BY 1'),
    tables: await query(url, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`),
  };
}
