import {
  DEFAULT_TARIFFS,
  NO_NETWORKS,
  parseNetworks,
  parseSumLimits,
  WEBHOOK_KEY_MIN,
  withLimits,
} from '@salio/domain';
import { LOG_LEVELS, setting, type SettingsOf } from '@salio/runtime';
import { z } from 'zod';
import { TOKEN } from './callbacks/tokens.ts';

const token = () => z.string().regex(TOKEN, 'must be 32 to 128 letters, digits, - or _');
/** What the app reads from the environment; .env.example says more of each. It does what it is given a door for: one, or both. */
export const opsSettings = {
  DATABASE_URL: setting.url('postgres:', 'postgresql:').optional(),
  OPS_DATABASE_URL: setting.url('postgres:', 'postgresql:').optional(),
  AIRTIME_USERNAME: setting.text(),
  AIRTIME_API_KEY: setting.text().optional(),
  AIRTIME_BASE_URL: setting.url('http:', 'https:').optional(),
  LEDGER_PUBLIC_KEY: setting.text().optional(),
  REDIS_URL: setting.url('redis:', 'rediss:').optional(),
  QUEUE_PREFIX: setting.text().default('{salio}'),

  CALLBACK_HOST: setting.text().default('127.0.0.1'),
  CALLBACK_PORT: setting.port().default(4020),
  CALLBACK_TOKEN: token().optional(),
  CALLBACK_TOKEN_PREVIOUS: token().optional(),
  CALLBACKS_PER_SECOND: setting.integer(1, 100_000).default(1_000),

  API_HOST: setting.text().default('127.0.0.1'),
  API_PORT: setting.port().default(4030),
  API_REQUESTS_PER_MINUTE: setting.integer(1, 1_000_000).default(600),
  API_PROXIES: setting.text().optional(),
  API_UPLOAD_BYTES_MAX: setting.integer(1_024, 100 * 1024 ** 3).default(1024 ** 3),
  RELEASE_ALONE_MAX: z.string().transform(parseSumLimits).optional(),
  REPEAT_WITHIN_SECONDS: setting.seconds(0, 365 * 86_400).default(72 * 3_600_000),
  AMOUNT_LIMITS: z
    .string()
    .transform((text) => withLimits(DEFAULT_TARIFFS, text))
    .default(DEFAULT_TARIFFS),
  AUTO_RELEASE_MAX: z.string().transform(parseSumLimits).optional(),
  CHUNK_LINES: setting.integer(1, 500).default(500),
  WEBHOOK_KEY: setting.text().min(WEBHOOK_KEY_MIN).optional(),
  WEBHOOK_ALLOW_HTTP: setting.flag().default(false),
  WEBHOOK_ALLOW_PRIVATE: setting.text().transform(parseNetworks).default(NO_NETWORKS),
  UNPAID_AFTER_SECONDS: setting.seconds(0.1, 30 * 86_400).default(8 * 3_600_000),

  HEALTH_HOST: setting.text().default('127.0.0.1'),
  HEALTH_PORT: setting.port().default(0),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
} as const;

export type OpsSettings = SettingsOf<typeof opsSettings>;
