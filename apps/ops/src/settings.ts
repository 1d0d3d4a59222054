import { LOG_LEVELS, setting } from '@salio/runtime';
import { z } from 'zod';
import { TOKEN } from './callbacks/tokens.ts';

const token = () => z.string().regex(TOKEN, 'must be 32 to 128 letters, digits, - or _');

/** What the app reads from the environment; .env.example says more of each. */
export const opsSettings = {
  DATABASE_URL: setting.url('postgres:', 'postgresql:'),
  AIRTIME_USERNAME: setting.text(),

  CALLBACK_HOST: setting.text().default('127.0.0.1'),
  CALLBACK_PORT: setting.port().default(4020),
  CALLBACK_TOKEN: token(),
  CALLBACK_TOKEN_PREVIOUS: token().optional(),
  CALLBACKS_PER_SECOND: setting.integer(1, 100_000).default(1_000),

  HEALTH_HOST: setting.text().default('127.0.0.1'),
  HEALTH_PORT: setting.port().default(0),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
} as const;
