import { chmod, mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '@salio/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'salio-secrets-'));
});
afterAll(() => rm(folder, { recursive: true }));

const draw = () => runCli(['secrets', folder], {});

/** Every file by its path, with what stands in it. */
async function contents(): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [path.slice(folder.length + 1), await readFile(path, 'utf8')] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}

describe('salio secrets', () => {
  it('draws secrets that are all different, and prints none of them', async () => {
    const { code, stdout, stderr } = await draw();
    expect(code).toBe(0);
    const files = await contents();
    const kept = Object.keys(files).filter((path) => path.startsWith('kept/'));
    const values = kept.map((path) => files[path]?.trim() ?? '');
    expect(values.length).toBeGreaterThan(0);
    expect(new Set(values).size).toBe(values.length);
    for (const value of values) {
      expect(value.length).toBeGreaterThanOrEqual(43);
      expect(stdout + stderr).not.toContain(value);
    }
  });

  it('keeps what is there, however often it is run, also twice at once', async () => {
    const before = await contents();
    await Promise.all([draw(), draw()]);
    expect(await contents()).toEqual(before);
  });

  it('draws again what somebody took away, and hands it to who reads it', async () => {
    const before = await contents();
    await unlink(join(folder, 'kept/OPS_PASSWORD'));
    await draw();
    const after = await contents();
    const changed = Object.keys(after).filter((path) => after[path] !== before[path]);
    expect(changed.toSorted()).toEqual([
      'kept/OPS_PASSWORD',
      'migrate/LISTENER_DATABASE_URL',
      'ops/DATABASE_URL',
    ]);
  });

  it('takes what somebody wrote, and refuses an empty file', async () => {
    await writeFile(join(folder, 'kept/AIRTIME_API_KEY'), 'my own\n');
    await draw();
    expect((await contents())['simulator/AIRTIME_API_KEY']).toBe('my own\n');
    await writeFile(join(folder, 'kept/AIRTIME_API_KEY'), '');
    expect(await draw()).toMatchObject({ code: 1, stderr: expect.stringContaining('is empty') });
  });

  it('refuses a folder that others may enter', async () => {
    await chmod(folder, 0o755);
    expect(await draw()).toMatchObject({ code: 2, stderr: expect.stringContaining('chmod 700') });
    await chmod(folder, 0o700);
  });

  it('lets only its owner into what is kept', async () => {
    const kept = await stat(join(folder, 'kept'));
    const key = await stat(join(folder, 'kept/LEDGER_PRIVATE_KEY'));
    expect([kept.mode & 0o777, key.mode & 0o777]).toEqual([0o700, 0o600]);
  });

  it('gives ops, which is reachable from outside, no key and no way to the queue', async () => {
    const files = await contents();
    const own = Object.keys(files).filter((path) => path.startsWith('ops/'));
    expect(own.toSorted()).toEqual(['ops/CALLBACK_TOKEN', 'ops/DATABASE_URL']);
    expect(files['ops/DATABASE_URL']).toContain('//salio_listener:');
  });
});
