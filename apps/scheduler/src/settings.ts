import { NO_NETWORKS, parseMoney, parseNetworks, WEBHOOK_KEY_MIN } from '@salio/domain';
import { LOG_LEVELS, setting } from '@salio/runtime';
import { z } from 'zod';
import { refuseAlarmUrl } from './alarms/alarm-url.ts';

/** Longest of the times after which somebody is told: a month. */
const TOLD_AFTER_MAX_S = 30 * 86_400;
const toldAfter = () => setting.seconds(0, TOLD_AFTER_MAX_S);

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
  FOLD_EVERY_MS: milliseconds(10).default(1_000),
  SEAL_EVERY_MS: milliseconds(10).default(5_000),
  ABANDON_AFTER_SECONDS: setting.seconds(1, 30 * 86_400).default(86_400_000),

  AIRTIME_USERNAME: setting.text().optional(),
  AIRTIME_API_KEY: setting.text().optional(),
  AIRTIME_BASE_URL: setting.url('http:', 'https:').optional(),
  CONNECT_TIMEOUT_MS: milliseconds(10).default(5_000),
  REQUEST_TIMEOUT_MS: milliseconds(10).default(30_000),
  NEWS_EVERY_MS: milliseconds(10).default(200),
  NEWS_AGAIN_MS: milliseconds(1).default(1_000),
  ENQUIRE_EVERY_MS: milliseconds(10).default(500),
  ENQUIRE_AFTER_SECONDS: setting.seconds(0.1, 86_400).default(900_000),
  ENQUIRIES_PER_SECOND: setting.integer(1, 10_000).default(2),
  ADOPT_EVERY_MS: milliseconds(10).default(1_000),
  ADOPT_GRACE_SECONDS: setting.seconds(0, 86_400).default(600_000),
  NEWS_PATIENCE_SECONDS: setting.seconds(0.1, 30 * 86_400).default(32_400_000),

  ALARM_EVERY_SECONDS: setting.seconds(0.05, 3_600).default(15_000),
  ALARM_URL: setting
    .text()
    .superRefine((text, context) => {
      const message = refuseAlarmUrl(text);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .optional(),
  ALARM_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{1,512}$/, 'must be 1 to 512 letters, digits or signs, without spaces')
    .optional(),
  ALARM_UNRESOLVED_SECONDS: toldAfter().default(3_600_000),
  ALARM_PAUSED_SECONDS: toldAfter().default(900_000),
  ALARM_LEFT_SECONDS: toldAfter().default(86_400_000),
  ALARM_HELD_BACK_SECONDS: toldAfter().default(120_000),
  ALARM_SLOW_PERCENT: setting.integer(0, 100).default(25),
  ALARM_IDLE_SECONDS: toldAfter().default(600_000),
  ALARM_DECISION_SECONDS: toldAfter().default(14_400_000),
  ALARM_BEHIND_SECONDS: toldAfter().default(300_000),
  ALARM_WEBHOOK_SECONDS: toldAfter().default(3_600_000),
  WALLET_LOW_BELOW: z
    .string()
    .transform((text, context) => {
      const money = parseMoney(text);
      if (money) return money;
      context.addIssue({ code: 'custom', message: 'must be an amount like KES 50000' });
      return z.NEVER;
    })
    .optional(),
  WALLET_EVERY_SECONDS: setting.seconds(0.05, 86_400).default(300_000),

  WEBHOOK_KEY: setting.text().min(WEBHOOK_KEY_MIN).optional(),
  WEBHOOK_ALLOW_HTTP: setting.flag().default(false),
  WEBHOOK_ALLOW_PRIVATE: setting.text().transform(parseNetworks).default(NO_NETWORKS),
  WEBHOOK_EVERY_MS: milliseconds(10).default(200),
  WEBHOOK_TIMEOUT_MS: setting.integer(10, 30_000).default(15_000),
  WEBHOOK_RETRY_MS: milliseconds(1).default(5_000),
  WEBHOOK_RETRY_MAX_SECONDS: setting.seconds(0.001, 86_400).default(21_600_000),
  WEBHOOK_GIVE_UP_SECONDS: setting.seconds(0, 30 * 86_400).default(259_200_000),
  WEBHOOK_PROGRESS_SECONDS: setting.seconds(0, 86_400).default(10_000),

  HEALTH_HOST: setting.text().default('127.0.0.1'),
  HEALTH_PORT: setting.port().default(0),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
} as const;

export type SchedulerSettings = z.output<z.ZodObject<typeof schedulerSettings>>;
