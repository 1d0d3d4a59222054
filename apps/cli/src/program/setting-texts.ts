/** What the help of a command says of the settings that it reads; `.env.example` says more. */
export const SETTING_TEXTS = {
  SALIO_API_URL: 'where the ops API is; without it DATABASE_URL is break-glass',
  SALIO_API_KEY: 'your own key of the ops API, from salio key add; a secret',
  SALIO_API_INSECURE: 'true: the key may travel over http:// to another host',
  DATABASE_URL:
    'Postgres, as a login for people (a member of salio_ops), or of the apps (salio_app)',
  OWNER_DATABASE_URL: 'Postgres, as the owner, who may create tables and roles',
  RETENTION_DATABASE_URL: 'Postgres, as a login for retention (a member of salio_retention)',
  RETENTION_DAYS: 'how old phones and raw bodies are when they are deleted; no default',
  REDIS_URL: 'Redis 6.2 or later; rediss:// for TLS',
  QUEUE_PREFIX: 'what every key in Redis starts with; default {salio}',
  SOURCE_CREDENTIAL: 'what salio source add printed; a secret',
  LEDGER_PRIVATE_KEY: 'what salio keygen printed; a secret',
  AIRTIME_USERNAME: "the provider's account; sandbox for its sandbox",
  AIRTIME_API_KEY: "the account's key; a secret",
  AIRTIME_BASE_URL: 'another place than the provider, such as a simulator; default: the provider',
  REPEAT_WITHIN_SECONDS:
    'how long the same phone and amount in another batch is a repeat; default three days',
  AMOUNT_LIMITS: 'of a dry run on the database: what a line may be, as workers have it',
  AUTO_RELEASE_MAX: 'of a dry run on the database: what policy releases, as workers have it',
  UNPAID_AFTER_SECONDS:
    'how old a send must be until people may call it unpaid; default eight hours',
  WEBHOOK_KEY: 'straight on the database: what secrets of webhooks follow from; a secret',
  WEBHOOK_ALLOW_HTTP: 'straight on the database: whether webhooks may go to http://',
  WEBHOOK_ALLOW_PRIVATE:
    'straight on the database: networks that are not public and allowed all the same',
  SALIO_OPERATOR: "who is written down straight on the database; default: the system's user",
} as const;

export type SettingName = keyof typeof SETTING_TEXTS;

/** Of whoever asks the ops API, or has the database. */
export const OF_DESK_READERS = [
  'SALIO_API_URL',
  'SALIO_API_KEY',
  'SALIO_API_INSECURE',
  'DATABASE_URL',
] as const;
/** The same, where something is changed. */
export const OF_DESK = [...OF_DESK_READERS, 'SALIO_OPERATOR'] as const;
/** Of whoever makes secrets of webhooks. */
export const OF_WEBHOOKS = ['WEBHOOK_KEY', 'WEBHOOK_ALLOW_HTTP', 'WEBHOOK_ALLOW_PRIVATE'] as const;
/** Of whoever reads the database. */
export const OF_READERS = ['DATABASE_URL'] as const;
/** Of a system that submits. */
export const OF_SUBMITTERS = ['REDIS_URL', 'QUEUE_PREFIX', 'SOURCE_CREDENTIAL'] as const;
/** Of whoever asks the provider. */
export const OF_PROVIDER = ['AIRTIME_USERNAME', 'AIRTIME_API_KEY', 'AIRTIME_BASE_URL'] as const;
