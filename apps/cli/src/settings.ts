import { userInfo } from 'node:os';
import {
  DEFAULT_TARIFFS,
  NO_NETWORKS,
  parseNetworks,
  parseSumLimits,
  WEBHOOK_KEY_MIN,
  RETENTION_DAYS_MAX,
  RETENTION_DAYS_MIN,
  withLimits,
} from '@salio/domain';
import type { IntakeTerms } from '@salio/ledger';
import type { Desk } from '@salio/operations';
import { readSettings, setting, SettingsError } from '@salio/runtime';

/** Of a batch that is only tried: what its pages are cut into changes nothing of what is told. */
const CHUNK_LINES = 500;

const shapes = {
  database: { DATABASE_URL: setting.url('postgres:', 'postgresql:') },
  owner: { OWNER_DATABASE_URL: setting.url('postgres:', 'postgresql:') },
  retention: { RETENTION_DATABASE_URL: setting.url('postgres:', 'postgresql:') },
  retentionDays: {
    RETENTION_DAYS: setting.integer(RETENTION_DAYS_MIN, RETENTION_DAYS_MAX).optional(),
  },
  ledgerKey: { LEDGER_PRIVATE_KEY: setting.text() },
  queue: {
    REDIS_URL: setting.url('redis:', 'rediss:'),
    QUEUE_PREFIX: setting.text().default('{salio}'),
  },
  source: { SOURCE_CREDENTIAL: setting.text() },
  airtime: {
    AIRTIME_USERNAME: setting.text(),
    AIRTIME_API_KEY: setting.text(),
    AIRTIME_BASE_URL: setting.url('http:', 'https:').optional(),
  },
  repeats: { REPEAT_WITHIN_SECONDS: setting.seconds(0, 365 * 86_400).default(72 * 3_600_000) },
  intake: {
    AMOUNT_LIMITS: setting
      .text()
      .transform((text) => withLimits(DEFAULT_TARIFFS, text))
      .default(DEFAULT_TARIFFS),
    AUTO_RELEASE_MAX: setting.text().transform(parseSumLimits).optional(),
  },
  decisions: { UNPAID_AFTER_SECONDS: setting.seconds(0.1, 30 * 86_400).default(8 * 3_600_000) },
  webhooks: {
    WEBHOOK_KEY: setting.text().min(WEBHOOK_KEY_MIN).optional(),
    WEBHOOK_ALLOW_HTTP: setting.flag().default(false),
    WEBHOOK_ALLOW_PRIVATE: setting.text().transform(parseNetworks).default(NO_NETWORKS),
  },
  operator: { SALIO_OPERATOR: setting.text().optional() },
  api: {
    SALIO_API_URL: setting.url('http:', 'https:').optional(),
    SALIO_API_INSECURE: setting.flag().default(false),
  },
  apiKey: { SALIO_API_KEY: setting.text() },
} as const;

/** What `doctor` looks at, each only where it is set. */
const found = {
  DATABASE_URL: shapes.database.DATABASE_URL.optional(),
  OWNER_DATABASE_URL: shapes.owner.OWNER_DATABASE_URL.optional(),
  REDIS_URL: shapes.queue.REDIS_URL.optional(),
  QUEUE_PREFIX: setting.text().optional(),
  SOURCE_CREDENTIAL: shapes.source.SOURCE_CREDENTIAL.optional(),
  LEDGER_PRIVATE_KEY: shapes.ledgerKey.LEDGER_PRIVATE_KEY.optional(),
  AIRTIME_USERNAME: shapes.airtime.AIRTIME_USERNAME.optional(),
  AIRTIME_API_KEY: shapes.airtime.AIRTIME_API_KEY.optional(),
  AIRTIME_BASE_URL: shapes.airtime.AIRTIME_BASE_URL,
} as const;

export type FoundSetting = keyof typeof found;

/** Each command reads only the settings that it needs: a submitter has no database, an operator no source's key. */
export const settings = {
  /** For what is read straight from the database. */
  databaseUrl: () => {
    if (settings.find('DATABASE_URL') === undefined && findApi() !== undefined) {
      throw new SettingsError(
        'The ops API has no answer to this command yet: it reads the database, which DATABASE_URL names.',
      );
    }
    return readSettings(shapes.database).DATABASE_URL;
  },
  /** For what is asked of the ops API where that is set. */
  deskDatabaseUrl: () => {
    const url = settings.find('DATABASE_URL');
    if (url !== undefined) return url;
    throw new SettingsError(
      'Settings are wrong: set SALIO_API_URL and SALIO_API_KEY, or DATABASE_URL: is required for break-glass. See .env.example.',
    );
  },
  /** Where the ops API is, and the key for it; undefined where none is set. */
  api: (): { url: string; key: string } | undefined => {
    const url = findApi();
    return url === undefined ? undefined : { url, key: readSettings(shapes.apiKey).SALIO_API_KEY };
  },
  ownerUrl: () => readSettings(shapes.owner).OWNER_DATABASE_URL,
  retentionUrl: () => readSettings(shapes.retention).RETENTION_DATABASE_URL,
  /** How old must be what is emptied, days; undefined where nobody said. */
  retentionDays: () => readSettings(shapes.retentionDays).RETENTION_DAYS,
  ledgerKey: () => readSettings(shapes.ledgerKey).LEDGER_PRIVATE_KEY,
  queue: () => readSettings(shapes.queue),
  credential: () => readSettings(shapes.source).SOURCE_CREDENTIAL,
  airtime: () => readSettings(shapes.airtime),
  /** Within which time the same phone and amount in another batch is a repeat. */
  repeatWithinMs: () => readSettings(shapes.repeats).REPEAT_WITHIN_SECONDS,
  /** How a batch would be taken in: as the workers and the ops API are set to do it. */
  intake: (): IntakeTerms => {
    const { AMOUNT_LIMITS: tariffs, AUTO_RELEASE_MAX: max } = readSettings(shapes.intake);
    const repeatsWithinMs = settings.repeatWithinMs();
    return { tariffs, chunkLines: CHUNK_LINES, policy: max && { max, repeatsWithinMs } };
  },
  /** How old the last send of a line must be until people may call it unpaid. */
  unpaidAfterMs: () => readSettings(shapes.decisions).UNPAID_AFTER_SECONDS,
  /** What secrets of webhooks follow from, and where they may go; undefined where no key is set. */
  webhooks: (): Desk['webhooks'] => {
    const read = readSettings(shapes.webhooks);
    const { WEBHOOK_KEY: key, WEBHOOK_ALLOW_HTTP: allowHttp } = read;
    const targets = { allowHttp, allowPrivate: read.WEBHOOK_ALLOW_PRIVATE };
    return key === undefined ? undefined : { key, targets };
  },
  /** Who the ledger writes down. */
  operator: () => readSettings(shapes.operator).SALIO_OPERATOR ?? userInfo().username,
  /** One setting, undefined where it is not set. Throws SettingsError where it can't be. */
  find: (name: FoundSetting): string | undefined => readSettings({ [name]: found[name] })[name],
};

/** Throws SettingsError for an address that keys would travel to in the clear. */
function findApi(): string | undefined {
  const { SALIO_API_URL: url, SALIO_API_INSECURE: insecure } = readSettings(shapes.api);
  if (url === undefined || insecure) return url;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || LOOPBACK.test(hostname)) return url;
  throw new SettingsError(
    `SALIO_API_URL: a key would travel to ${hostname} in the clear: use https://, or set SALIO_API_INSECURE=true where the way there is safe`,
  );
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
