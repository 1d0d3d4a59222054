import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCli, startProcess } from '@salio/testkit';
import { readBook } from '../src/book.ts';

const SIMULATOR = fileURLToPath(new URL('../../simulator/src/main.ts', import.meta.url));

type Said = Readonly<Record<string, unknown>>;

/** Probes a simulator with these settings; every line that it said, the conclusion last. */
async function probe(
  simulator: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<{ lines: Said[]; conclusion: Said | undefined; credits: number }> {
  await using started = await startProcess({
    file: SIMULATOR,
    name: 'simulator',
    env: { PORT: '0', LOG_LEVEL: 'warn', ...simulator },
  });
  const url = String(started.ready['url']);
  const env = { AIRTIME_USERNAME: 'sandbox', AIRTIME_API_KEY: 'any', AIRTIME_BASE_URL: url };
  const { code, stdout, stderr } = await runCli(['probe', '--json', ...args], env);
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line): Said => JSON.parse(line));
  const credits = (await Array.fromAsync(readBook(url))).length;
  return { lines, conclusion: lines.at(-1), credits };
}

const HONEST = { KEY_SECONDS: '8', GUARD_SECONDS: '8' };

describe('a probe', () => {
  it('of an honest provider recommends less than the longest age at which repeats were refused', async () => {
    const { lines, conclusion, credits } = await probe(HONEST, '--after', '1,3,12');
    expect(conclusion).toMatchObject({
      sameKey: { consistent: true, acceptedMs: expect.any(Number) },
      keyless: { consistent: true, acceptedMs: expect.any(Number) },
      freshKey: 'accepted',
      otherBody: 'refused',
    });
    // 80 % of three seconds and a little.
    expect(conclusion?.['windowSeconds']).toBeGreaterThanOrEqual(2);
    expect(conclusion?.['windowSeconds']).toBeLessThan(8);
    // Two sends for each of three ages and two questions, and of two further pairs; and a conclusion.
    expect(lines).toHaveLength(2 * (3 * 2 + 2) + 1);
    // The first send of each pair, a fresh key, and what was repeated after the end.
    expect(credits).toBe(3 * 2 + 2 + 1 + 2);
    const repeats = lines.filter(
      (line) => line['question'] === 'same_key' && line['send'] === 'repeat',
    );
    expect(repeats[0]).toMatchObject({
      outcome: 'refused',
      httpStatus: 201,
      text: 'A duplicate request was received within the last 5 minutes',
      body: expect.stringContaining('"numSent":0'),
    });
    expect(repeats.map((line) => line['outcome'])).toEqual(['refused', 'refused', 'accepted']);
  });

  it('of a provider that ignores keys recommends no replays', async () => {
    const { conclusion } = await probe({ ...HONEST, KEY_SECONDS: '0' }, '--after', '1,2');
    expect(conclusion).toMatchObject({
      windowSeconds: 0,
      sameKey: { refusedMs: 0, acceptedMs: expect.any(Number) },
      freshKey: 'accepted',
      otherBody: 'accepted',
    });
  });

  it('of a provider whose guard looks at keyed requests too takes that for no key', async () => {
    const { conclusion } = await probe(
      { ...HONEST, KEY_SECONDS: '0', GUARD_KEYED: 'true' },
      '--after',
      '1',
    );
    expect(conclusion).toMatchObject({ windowSeconds: 0, freshKey: 'refused' });
  });

  it('of a provider without a guard says so, and goes by its keys', async () => {
    const { conclusion } = await probe({ KEY_SECONDS: '60', GUARD_SECONDS: '0' }, '--after', '1,2');
    expect(conclusion).toMatchObject({
      windowSeconds: 1,
      keyless: { refusedMs: 0, acceptedMs: expect.any(Number) },
    });
    expect(conclusion?.['sameKey']).toEqual({ refusedMs: expect.any(Number), consistent: true });
  });

  it('of a provider that refuses everything recommends no replays', async () => {
    const { conclusion } = await probe({ REFUSAL_TEXT: 'No' }, '--after', '1');
    expect(conclusion).toMatchObject({ windowSeconds: 0, freshKey: 'unexpected' });
  });

  it('tells people each request, each answer and what follows', async () => {
    await using started = await startProcess({
      file: SIMULATOR,
      name: 'simulator',
      env: { PORT: '0', LOG_LEVEL: 'warn' },
    });
    const env = {
      AIRTIME_USERNAME: 'sandbox',
      AIRTIME_API_KEY: 'any',
      AIRTIME_BASE_URL: String(started.ready['url']),
    };
    const { stdout } = await runCli(['probe', '--after', '2', '--amount', 'KES 50'], env);
    expect(stdout).toMatch(/same_key repeat after 2\.\d s: KES \d+\.0000, key [0-9a-f-]{36}/);
    expect(stdout).toMatch(/refused: HTTP 201, no request id, "A duplicate request/);
    expect(stdout).toContain('Recommended: REPLAY_WINDOW_SECONDS=1, because');
  });
});

describe('a probe is refused', () => {
  const account = { AIRTIME_USERNAME: 'acme', AIRTIME_API_KEY: 'any' };

  it.each([
    ['the live API', account],
    ['the live API by name', { ...account, AIRTIME_BASE_URL: 'https://api.africastalking.com' }],
    ['what may lead to it', { ...account, AIRTIME_BASE_URL: 'https://proxy.acme.invalid' }],
  ])('at %s, before anything is sent', async (_where, env) => {
    const { code, stdout } = await runCli(['probe', '--json'], env);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: 'AIRTIME_SETTINGS',
      message: expect.stringContaining('may move money'),
    });
  });

  it.each([
    ['--phone', '12'],
    ['--amount', '10'],
    ['--amount', 'KES 0'],
    ['--max-minutes', '0'],
    ['--after', '1,x'],
  ])('with %s %s', async (option, value) => {
    const { code } = await runCli(['probe', option, value], {
      ...account,
      AIRTIME_USERNAME: 'sandbox',
    });
    expect(code).toBe(2);
  });
});
