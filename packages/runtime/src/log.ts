import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Fields that must never be readable in a log, at the top level or one below. */
const SECRETS = [
  'apiKey',
  'privateKey',
  'password',
  'token',
  'msisdn',
  'phone',
  'phoneNumber',
  'body',
];

/**
 * A structured log on standard error (standard output belongs to results). The message is the event's name, `noun.verb`;
 * what it is about stands in fields, by id. Phones are masked by who logs them; the usual field names are redacted too.
 */
export function createLog(app: string, level: LogLevel, destination?: DestinationStream): Log {
  return pino(
    {
      name: app,
      level,
      timestamp: stdTimeFunctions.isoTime,
      redact: {
        paths: SECRETS.flatMap((field) => [field, `*.${field}`]),
        censor: '[redacted]',
      },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
}
