import { LOG_LEVELS, readSettings, setting, SettingsError, type SettingsOf } from '@salio/runtime';
import type { Chance } from './chance.ts';
import { type Fault, readFaults } from './fault.ts';
import { DEFAULT_LIMITS, HIGHEST_RECIPIENTS, type Limits, readLimits } from './limits.ts';
import { readDecimal } from './money.ts';
import { type NotifyFault, readNotifyFaults } from './notify/fault.ts';
import { DEFAULT_RATES, type Rates, readRates } from './rates.ts';
import { readValidateFaults, type ValidateFault } from './validate/fault.ts';

/** In which order an answer lists its recipients; the provider keeps none (contract section 1.2). */
const ANSWER_ORDERS = ['shuffled', 'request', 'reversed'] as const;
/** Whether `totalAmount` holds the discount or not; recordings disagree (contract section 1.2). */
const TOTALS = ['gross', 'net'] as const;
/** Which requests use their key up: every one that was taken in, or only those that credited (contract section 9.1). */
const KEY_MEMORIES = ['received', 'credited'] as const;
/** How notifications and validations are written; integrators saw both (contract section 3.2). */
const ENCODINGS = ['json', 'form', 'mixed'] as const;
/** Whether a notification has all fields of the documented sample, or the two that are always documented. */
const NOTIFY_FIELDS = ['full', 'minimal', 'mixed'] as const;
/** What becomes of a line whose validation nobody answers (contract section 9.10). */
const SILENCES = ['block', 'pay'] as const;

const DAY_SECONDS = 86_400;
const DAY_MS = DAY_SECONDS * 1000;
/** Longer than any client waits for an answer that comes at all. */
const LONGEST_CALL_MS = 600_000;
const CHANCES = 'must read name:rate,… with rates per 10,000 that add up to no more';

const AT_START = {
  HOST: setting.text().default('127.0.0.1'),
  PORT: setting.port().default(4010),
  LOG_LEVEL: choice(LOG_LEVELS).default('info'),
  BOOK_FILE: setting.text().optional(),
  AIRTIME_USERNAME: setting.text().optional(),
  AIRTIME_API_KEY: setting.text().optional(),
  SEED: setting.integer(0, 2 ** 31).default(1),
  REQUESTS_KEPT: setting.integer(1, 100_000).default(1000),
};

const AT_ANY_TIME = {
  GUARD_SECONDS: setting.integer(0, DAY_SECONDS).default(300),
  GUARD_KEYED: setting.flag().default(false),
  KEY_SECONDS: setting.integer(0, 30 * DAY_SECONDS).default(300),
  KEY_REMEMBERED: choice(KEY_MEMORIES).default('received'),
  LATENCY_MS: setting.integer(0, 600_000).default(0),
  LATENCY_JITTER_MS: setting.integer(0, 600_000).default(0),
  MAGIC: setting.flag().default(true),
  ANSWER_ORDER: choice(ANSWER_ORDERS).default('shuffled'),
  TOTALS: choice(TOTALS).default('gross'),
  LIMITS: reads(readLimits, 'must read KES=10-10000,…').default(DEFAULT_LIMITS),
  DISCOUNT_BASIS_POINTS: setting.integer(0, 10_000).default(400),
  WALLET_CURRENCY: setting
    .text()
    .regex(/^[A-Z]{3}$/, 'must be a currency')
    .default('USD'),
  WALLET_BALANCE: reads(readDecimal, 'must be a decimal number').default('1000000'),
  RATES: reads(readRates, 'must read USD=1,KES=101.15,…').default(DEFAULT_RATES),
  ENABLED: setting.flag().default(true),
  TRIAL_LIMIT: setting.integer(0, 1_000_000_000).default(0),
  BALANCE_ENFORCED: setting.flag().default(false),
  BALANCE_TEXT: setting.text().default('Insufficient balance'),
  REFUSAL_TEXT: setting.text().optional(),
  FAULTS: reads(readFaults, CHANCES).default(''),
  FAULT_SEED: setting.integer(0, 2 ** 31).default(1),
  LATE_MS: setting.integer(0, DAY_MS).default(2000),
  RETRY_AFTER_SECONDS: setting.integer(0, DAY_SECONDS).default(1),
  SENT_AFTER_MS: setting.integer(0, DAY_MS).default(1000),
  FINAL_AFTER_MS: setting.integer(0, DAY_MS).default(5000),
  NOTIFY_URL: setting.url('http:', 'https:').optional(),
  NOTIFY_AFTER_MS: setting.integer(0, DAY_MS).default(1000),
  NOTIFY_JITTER_MS: setting.integer(0, DAY_MS).default(0),
  NOTIFY_ENCODING: choice(ENCODINGS).default('json'),
  NOTIFY_FIELDS: choice(NOTIFY_FIELDS).default('full'),
  NOTIFY_TIMEOUT_MS: setting.integer(1, LONGEST_CALL_MS).default(5000),
  NOTIFY_REPEAT_MS: setting.integer(1, DAY_MS).default(30_000),
  NOTIFY_PATIENCE_MS: setting.integer(0, DAY_MS).default(600_000),
  NOTIFY_FAULTS: reads(readNotifyFaults, CHANCES).default(''),
  NOTIFY_LATE_MS: setting.integer(0, DAY_MS).default(10_000),
  VALIDATE_URL: setting.url('http:', 'https:').optional(),
  VALIDATE_ENCODING: choice(ENCODINGS).default('json'),
  VALIDATE_TIMEOUT_MS: setting.integer(1, LONGEST_CALL_MS).default(5000),
  VALIDATE_TRIES: setting.integer(1, 100).default(2),
  VALIDATE_SILENCE: choice(SILENCES).default('block'),
  VALIDATE_FAULTS: reads(readValidateFaults, CHANCES).default(''),
  MAX_BODY_BYTES: setting.integer(100, 16 * 1024 * 1024).default(1024 * 1024),
  MAX_RECIPIENTS: setting.integer(1, HIGHEST_RECIPIENTS).default(1000),
};

export type StartSettings = SettingsOf<typeof AT_START>;
export type Behaviour = SettingsOf<typeof AT_ANY_TIME> & {
  readonly limits: Limits;
  readonly rates: Rates;
  readonly faults: readonly Chance<Fault>[];
  readonly notifyFaults: readonly Chance<NotifyFault>[];
  readonly validateFaults: readonly Chance<ValidateFault>[];
  /** What the wallet held before the book's first credit, in ten-thousandths; may be negative. */
  readonly startingBalance: bigint;
};

/** All settings under the names of the environment; `behaviour` is replaced whole when the control API changes it. */
export interface SimulatorSettings {
  readonly start: StartSettings;
  behaviour: Behaviour;
}

/** Reads the settings, from the environment where none is given. Throws SettingsError. */
export function simulatorSettings(
  environment?: Readonly<Record<string, string | undefined>>,
): SimulatorSettings {
  const start = readSettings(AT_START, environment);
  return { start, behaviour: behaviourOf(readSettings(AT_ANY_TIME, environment)) };
}

/** What can be changed while the simulator runs, as plain values. */
export function shownBehaviour(behaviour: Behaviour): Record<string, string | number | boolean> {
  const names = new Set(Object.keys(AT_ANY_TIME));
  const shown: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(behaviour)) {
    if (names.has(name) && isPlain(value)) shown[name] = value;
  }
  return shown;
}

/** Changes the settings that are named and keeps the others; an empty text takes a setting back to its default. */
export function changeBehaviour(
  settings: SimulatorSettings,
  given: Readonly<Record<string, unknown>>,
): void {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(shownBehaviour(settings.behaviour))) {
    values[name] = String(value);
  }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(AT_ANY_TIME, name)) {
      throw new SettingsError(`${name}: is no setting that can be changed at run time`);
    }
    if (!isPlain(value)) throw new SettingsError(`${name}: must be text, a number, true or false`);
    values[name] = String(value);
  }
  settings.behaviour = behaviourOf(readSettings(AT_ANY_TIME, values));
}

function choice<const Option extends string>(options: readonly Option[]) {
  const find = (text: string) => options.find((option) => option === text);
  return reads(find, `must be one of ${options.join(', ')}`).transform((text): Option => {
    const option = find(text);
    if (option === undefined) throw new RangeError('a choice was not checked');
    return option;
  });
}

function reads(read: (text: string) => unknown, message: string) {
  return setting.text().refine((text) => read(text) !== undefined, { message });
}

function behaviourOf(values: SettingsOf<typeof AT_ANY_TIME>): Behaviour {
  const limits = readLimits(values.LIMITS);
  const rates = readRates(values.RATES);
  const faults = readFaults(values.FAULTS);
  const notifyFaults = readNotifyFaults(values.NOTIFY_FAULTS);
  const validateFaults = readValidateFaults(values.VALIDATE_FAULTS);
  const startingBalance = readDecimal(values.WALLET_BALANCE);
  if (!limits || !rates || !faults || !notifyFaults || !validateFaults) throw unchecked();
  if (startingBalance === undefined) throw unchecked();
  return { ...values, limits, rates, faults, notifyFaults, validateFaults, startingBalance };
}

function unchecked(): RangeError {
  return new RangeError('a setting was not checked');
}

function isPlain(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
