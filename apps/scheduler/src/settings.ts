import { LOG_LEVELS, setting } from '@salio/runtime';
import { z } from 'zod';

const milliseconds = (minimum: number) => setting.integer(minimum, 24 * 3_600_000);

/** What a scheduler reads from the environment; .env.example says more of each. */
export const schedulerSettings = {
  DATABASE_URL: setting.url('postgres:', 'postgresql:'),
  REDIS_URL: setting.url('redis:', 'rediss:'),
  QUEUE_PREFIX: setting.text().default('{salio}'),

  LEASE_SECONDS: setting.seconds(0.1, 3_600).default(90_000),
  REPLAY_WINDOW_SECONDS: setting.seconds(0, 86_400).default(0),

  DISPATCH_WINDOW: setting.integer(1, 500).default(16),
  DISPATCH_PATIENCE_SECONDS: setting.seconds(0.1, 3_600).default(30_000),
  DISPATCH_EVERY_MS: milliseconds(10).default(100),
  RESCUE_EVERY_MS: milliseconds(10).default(1_000),
  TIDY_EVERY_MS: milliseconds(10).default(1_000),
  SEAL_EVERY_MS: milliseconds(10).default(5_000),
  ABANDON_AFTER_SECONDS: setting.seconds(1, 30 * 86_400).default(86_400_000),

  HEALTH_HOST: setting.text().default('127.0.0.1'),
  HEALTH_PORT: setting.port().default(0),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
} as const;
