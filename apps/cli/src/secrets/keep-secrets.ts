import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKeys } from '@salio/queue';
import { writeOnce } from './write-file.ts';

/** More than can be guessed, and of letters that need no escape in a URL, a settings file or a path. */
const drawWord = () => randomBytes(32).toString('base64url');

/** How each secret of a system is drawn. */
const DRAW = {
  /** Of Postgres' owner, and of its logins: workers and schedulers, the listener to the provider, the ops API. */
  OWNER_PASSWORD: drawWord,
  APP_PASSWORD: drawWord,
  OPS_PASSWORD: drawWord,
  API_PASSWORD: drawWord,
  REDIS_PASSWORD: drawWord,
  /** Signs what the ledger answers; every credential holds its public half. */
  LEDGER_PRIVATE_KEY: () => generateKeys().privateKey,
  /** Secrets of webhooks follow from it. */
  WEBHOOK_KEY: drawWord,
  /** In the URLs that the provider calls. */
  CALLBACK_TOKEN: drawWord,
  /** Of the simulator's account. */
  AIRTIME_API_KEY: drawWord,
} as const;

type SecretName = keyof typeof DRAW;
export type Secrets = Readonly<Record<SecretName, string>>;

/** Where they are kept, in the folder that only the owner may enter. */
const KEPT_FOLDER = 'kept';

export interface KeptSecrets {
  readonly secrets: Secrets;
  /** Those that were not there before. */
  readonly drawn: readonly string[];
}

/** Reads the secrets that `folder` keeps, and draws those that are missing. One that is there is never changed. */
export async function keepSecrets(folder: string): Promise<KeptSecrets> {
  const kept = join(folder, KEPT_FOLDER);
  await mkdir(kept, { recursive: true, mode: 0o700 });
  const drawn: string[] = [];
  const keep = async (name: SecretName) => {
    const path = join(kept, name);
    if (await writeOnce(path, DRAW[name]())) drawn.push(name);
    const value = (await readFile(path, 'utf8')).trim();
    if (value === '') throw new Error(`${path} is empty: write the secret into it, or remove it`);
    return value;
  };
  const secrets = {
    OWNER_PASSWORD: await keep('OWNER_PASSWORD'),
    APP_PASSWORD: await keep('APP_PASSWORD'),
    OPS_PASSWORD: await keep('OPS_PASSWORD'),
    API_PASSWORD: await keep('API_PASSWORD'),
    REDIS_PASSWORD: await keep('REDIS_PASSWORD'),
    LEDGER_PRIVATE_KEY: await keep('LEDGER_PRIVATE_KEY'),
    WEBHOOK_KEY: await keep('WEBHOOK_KEY'),
    CALLBACK_TOKEN: await keep('CALLBACK_TOKEN'),
    AIRTIME_API_KEY: await keep('AIRTIME_API_KEY'),
  };
  return { secrets, drawn };
}
