import { userInfo } from 'node:os';
import { readSettings, setting } from '@salio/runtime';

const shapes = {
  database: { DATABASE_URL: setting.url('postgres:', 'postgresql:') },
  owner: { OWNER_DATABASE_URL: setting.url('postgres:', 'postgresql:') },
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
  decisions: { UNPAID_AFTER_SECONDS: setting.seconds(0.1, 30 * 86_400).default(8 * 3_600_000) },
  operator: { SALIO_OPERATOR: setting.text().optional() },
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
  databaseUrl: () => readSettings(shapes.database).DATABASE_URL,
  ownerUrl: () => readSettings(shapes.owner).OWNER_DATABASE_URL,
  ledgerKey: () => readSettings(shapes.ledgerKey).LEDGER_PRIVATE_KEY,
  queue: () => readSettings(shapes.queue),
  credential: () => readSettings(shapes.source).SOURCE_CREDENTIAL,
  airtime: () => readSettings(shapes.airtime),
  /** Within which time the same phone and amount in another batch is a repeat. */
  repeatWithinMs: () => readSettings(shapes.repeats).REPEAT_WITHIN_SECONDS,
  /** How old the last send of a line must be until people may call it unpaid. */
  unpaidAfterMs: () => readSettings(shapes.decisions).UNPAID_AFTER_SECONDS,
  /** Who the ledger writes down. */
  operator: () => readSettings(shapes.operator).SALIO_OPERATOR ?? userInfo().username,
  /** One setting, undefined where it is not set. Throws SettingsError where it can't be. */
  find: (name: FoundSetting): string | undefined => readSettings({ [name]: found[name] })[name],
};
