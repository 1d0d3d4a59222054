import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSettings, setting, SettingsError } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'salio-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const shape = {
  REDIS_URL: setting.url('redis:'),
  API_KEY: setting.text().optional(),
  WAIT_SECONDS: setting.seconds(0.1, 60).default(2_000),
} as const;
const REDIS_URL = 'redis://queue';

describe('readSettings', () => {
  it('reads each setting from a file too, without the white space around it', () => {
    const given = {
      REDIS_URL_FILE: file('url', `${REDIS_URL}\n`),
      API_KEY_FILE: file('key', '  key of two words\r\n'),
      WAIT_SECONDS_FILE: file('wait', '0.5'),
    };
    expect(readSettings(shape, given)).toEqual({
      REDIS_URL,
      API_KEY: 'key of two words',
      WAIT_SECONDS: 500,
    });
  });

  it('prefers the value to the file, and does not read the file then', () => {
    const given = { REDIS_URL, REDIS_URL_FILE: join(folder, 'none') };
    expect(readSettings(shape, given).REDIS_URL).toBe(REDIS_URL);
  });

  it('takes an empty value, an empty file and an empty name of a file for absent', () => {
    const given = { REDIS_URL, API_KEY: '', API_KEY_FILE: file('empty', '\n') };
    expect(readSettings(shape, given).API_KEY).toBeUndefined();
    expect(readSettings(shape, { REDIS_URL, API_KEY_FILE: '' }).API_KEY).toBeUndefined();
  });

  it('says which file can not be read', () => {
    const given = { REDIS_URL, API_KEY_FILE: join(folder, 'none') };
    expect(() => readSettings(shape, given)).toThrow("API_KEY_FILE can't be read");
  });

  it('names every setting that is wrong or missing, and no value', () => {
    const read = () => readSettings(shape, { WAIT_SECONDS_FILE: file('wrong', 'hunter2') });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(
      'REDIS_URL: is required; WAIT_SECONDS: must be a number of seconds. See .env.example.',
    );
  });
});
