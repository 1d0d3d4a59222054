import { createServer, type AddressInfo, type Server } from 'node:net';
import {
  addChunkJobs,
  connectRedis,
  disconnectRedis,
  generateKeys,
  openChunkQueue,
  type RedisConnection,
} from '@salio/queue';
import { askCli, runCli } from '@salio/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings, secrets, services, system, useScene } from './doctor-scene.ts';

useScene();

let redis: RedisConnection;
beforeAll(() => {
  redis = connectRedis(services.redis.url, 'worker', (error) => {
    throw error;
  });
});
afterAll(() => redis && disconnectRedis(redis));

/** With settings of Redis that are put back afterwards. */
async function withSettings(
  settings: Readonly<Record<string, string>>,
  work: () => Promise<void>,
): Promise<void> {
  const before: string[] = [];
  for (const [name, value] of Object.entries(settings)) {
    before.push(name, (await redis.config('GET', name))[1] ?? '');
    await redis.config('SET', name, value);
  }
  try {
    await work();
  } finally {
    await redis.call('CONFIG', 'SET', ...before);
  }
}

describe('where everything is as it should be', () => {
  it('finds nothing that fails, and shows no secret', async () => {
    const found = await findings();
    const levels = Object.fromEntries(
      Object.values(found).map(({ check, level }) => [check, level]),
    );
    expect(levels).toEqual({
      node: 'ok',
      'provider settings': 'ok',
      'provider key, balance': 'ok',
      'ledger key': 'ok',
      credential: 'ok',
      redis: 'ok',
      'redis policy': 'ok',
      'redis persistence': 'ok',
      'redis memory': 'ok',
      'redis clock': 'ok',
      workers: 'ok',
      postgres: 'ok',
      'postgres durability': 'ok',
      'postgres clock': 'ok',
      migrations: 'ok',
      role: 'ok',
      facts: 'ok',
      trust: 'ok',
      // No scheduler runs here.
      sealing: 'warn',
      stops: 'ok',
    });
    expect(found['provider key, balance']?.says).toMatch(/holds KES 1000000/);
    expect(found['redis persistence']?.says).toBe('appendonly yes, appendfsync everysec');
    for (const secret of secrets()) expect(JSON.stringify(found)).not.toContain(secret);
  });

  it('counts migrations where the owner may be asked', async () => {
    const found = await findings({ OWNER_DATABASE_URL: system.database.ownerUrl });
    expect(found['migrations']).toMatchObject({
      level: 'ok',
      says: expect.stringMatching(/^all \d+/),
    });
  });

  it('ends with 0, one object per check and a summary', async () => {
    const { code, stdout } = await runCli(['doctor', '--json'], system.cli);
    expect(code).toBe(0);
    const told = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(told).toHaveLength(21);
    expect(told[0]).toEqual({ check: 'node', level: 'ok', says: expect.any(String), todo: '' });
    expect(told.at(-1)).toMatchObject({ summary: { fail: 0, skipped: 2 }, exitCode: 0 });
  });
});

describe('where settings are absent or wrong', () => {
  it('skips what it has no settings for, and names them', async () => {
    const { code, stdout } = await runCli(['doctor'], {});
    expect(code).toBe(0);
    for (const name of ['DATABASE_URL', 'REDIS_URL', 'SOURCE_CREDENTIAL', 'AIRTIME_USERNAME'])
      expect(stdout).toContain(`skipped  ${name} is not set`);
    expect(stdout).toContain('Nothing is set here');
    expect(stdout).not.toContain('\u001b');
  });

  it('ends with 7 where something fails, and repeats no value', async () => {
    const env = { DATABASE_URL: 'mysql://hidden@host/x', LEDGER_PRIVATE_KEY: 'hidden' };
    const { code, stdout, stderr } = await runCli(['doctor'], env);
    expect(code).toBe(7);
    expect(stdout).toContain('DATABASE_URL: must be a URL that starts with postgres:');
    expect(stdout + stderr).not.toContain('hidden');
  });

  it('says of a mix of sandbox and live that it is one', async () => {
    const found = await findings({ AIRTIME_BASE_URL: 'https://api.sandbox.africastalking.com' });
    expect(found['provider settings']).toMatchObject({ level: 'fail' });
    expect(found['provider key, balance']).toMatchObject({ level: 'skipped' });
  });

  it('says of a key that the provider refuses it', async () => {
    const found = await findings({ AIRTIME_API_KEY: 'another-key' });
    expect(found['provider key, balance']).toMatchObject({
      level: 'fail',
      says: 'the provider refuses the key (http_401)',
    });
  });

  it('says which host does not answer, once for each server', async () => {
    const nowhere = '127.0.0.1:1';
    const found = await findings({
      DATABASE_URL: `postgres://app:pw-of-app@${nowhere}/x`,
      REDIS_URL: `redis://:pw-of-redis@${nowhere}`,
      AIRTIME_BASE_URL: `http://${nowhere}`,
    });
    expect(found['redis']).toMatchObject({ level: 'fail', says: expect.stringContaining(nowhere) });
    expect(found['postgres']).toMatchObject({
      level: 'fail',
      says: expect.stringContaining(nowhere),
    });
    expect(found['provider key, balance']).toMatchObject({ level: 'fail' });
    const failed = Object.values(found).filter(({ level }) => level === 'fail');
    expect(failed).toHaveLength(3);
    expect(JSON.stringify(found)).not.toMatch(/pw-of/);
    expect(found['credential']?.says).toContain('it does not answer');
  });
});

describe('of Redis', () => {
  it('writes nothing there', async () => {
    expect((await findings({ QUEUE_PREFIX: '{untouched}' }))['workers']).toMatchObject({
      level: 'ok',
    });
    expect(await redis.keys('{untouched}*')).toEqual([]);
  });

  it('says of a policy that evicts that workers will not start', async () => {
    await withSettings({ 'maxmemory-policy': 'allkeys-lru' }, async () => {
      expect((await findings())['redis policy']).toMatchObject({
        level: 'fail',
        says: 'maxmemory-policy allkeys-lru',
      });
    });
  });

  it('warns where it keeps no file, and where that is brought to the disk too late', async () => {
    await withSettings({ appendonly: 'no' }, async () => {
      expect((await findings())['redis persistence']).toMatchObject({ level: 'warn' });
    });
    await withSettings({ appendfsync: 'no' }, async () => {
      expect((await findings())['redis persistence']).toMatchObject({ level: 'warn' });
    });
  });

  it('warns before its memory is full', async () => {
    const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
    await withSettings({ maxmemory: String(Math.ceil(used / 0.88)) }, async () => {
      expect((await findings())['redis memory']).toMatchObject({ level: 'warn' });
    });
  });

  it('does without what a managed service refuses', async () => {
    await redis.call('ACL', 'SETUSER', 'managed', 'on', '>pw-of-managed', '~*', '+@all', '-config');
    const url = new URL(services.redis.url);
    url.username = 'managed';
    url.password = 'pw-of-managed';
    const found = await findings({ REDIS_URL: url.href });
    expect(found['redis policy']).toMatchObject({ level: 'ok' });
    expect(found['redis persistence']?.says).toBe('appendonly yes, appendfsync not told');
    expect(JSON.stringify(found)).not.toContain('pw-of-managed');
    url.password = 'another';
    expect((await findings({ REDIS_URL: url.href }))['redis']).toMatchObject({
      level: 'fail',
      says: expect.stringContaining('WRONGPASS'),
    });
  });

  it('warns of jobs that nobody will take', async () => {
    const queue = openChunkQueue(redis, system.prefix, () => undefined);
    await addChunkJobs(queue, [{ batchNo: 1, chunk: 0, generation: 1, priority: 1 }]);
    expect((await findings())['workers']).toMatchObject({
      level: 'warn',
      says: expect.stringContaining('1 wait, 0 workers'),
    });
    await queue.obliterate({ force: true });
    await queue.close();
  });
});

describe('of servers that take a connection and then say nothing', () => {
  let silent: Server;
  beforeAll(async () => {
    // Whoever gives it up may do so without a word.
    silent = createServer((socket) => void socket.on('error', () => undefined));
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
  });
  afterAll(() => silent?.close());

  it('says so after its time, and goes on', async () => {
    const { port } = silent.address() as AddressInfo;
    const found = await findings(
      {
        DATABASE_URL: `postgres://app@127.0.0.1:${port}/x`,
        REDIS_URL: `redis://127.0.0.1:${port}`,
        AIRTIME_BASE_URL: `http://127.0.0.1:${port}`,
      },
      300,
    );
    for (const name of ['redis', 'postgres', 'provider key, balance'])
      expect([name, found[name]?.level]).toEqual([name, 'fail']);
    expect(found['node']).toMatchObject({ level: 'ok' });
  });
});

describe('of a credential', () => {
  it('says which key does not match', async () => {
    const { privateKey } = generateKeys();
    const found = await findings({ LEDGER_PRIVATE_KEY: privateKey });
    expect(found['ledger key']).toMatchObject({ level: 'ok' });
    expect(found['credential']).toMatchObject({
      level: 'fail',
      says: expect.stringContaining('another ledger key'),
    });
  });

  it('says that its source has a newer key, and then that it is revoked', async () => {
    await askCli(['source', 'rotate', 'payroll'], system.cli);
    expect((await findings())['credential']).toMatchObject({ level: 'warn' });
    await askCli(['source', 'revoke', 'payroll', '--reason', 'a test'], system.cli);
    expect((await findings())['credential']).toMatchObject({
      level: 'fail',
      says: 'source payroll is revoked',
    });
  });

  it('says what is wrong with it, and shows nothing of it', async () => {
    const found = await findings({ SOURCE_CREDENTIAL: '{"ledgerId":"hidden-text"}' });
    expect(found['credential']).toMatchObject({ level: 'fail' });
    expect(JSON.stringify(found)).not.toContain('hidden-text');
  });
});
