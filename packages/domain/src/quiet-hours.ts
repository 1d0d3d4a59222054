/** Hours of each day in which nothing is sent, by the wall clock of a place. */
export interface QuietHours {
  /** `HH:MM`, the first quiet minute. */
  readonly from: string;
  /** `HH:MM`, when it may go on. Not `from`; before it where they last over midnight. */
  readonly until: string;
  /** IANA time zone, like `Africa/Nairobi`, or `UTC`. */
  readonly zone: string;
}

const QUIET_HOURS = /^(\d{2}:\d{2})-(\d{2}:\d{2}) (\S+)$/;
const TIME_OF_DAY = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
/**
 * A place, since abbreviations and offsets mean other things elsewhere (Postgres reads `+03:00` as west of Greenwich). The
 * longest name has 32 characters.
 */
const ZONE = /^(?=.{1,64}$)(?:UTC|[A-Za-z_]+(?:\/[A-Za-z0-9_+-]+)+)$/;

/** Reads `21:00-08:00 Africa/Nairobi`. Undefined for everything else. */
export function parseQuietHours(text: string): QuietHours | undefined {
  const hours = splitQuietHours(text);
  return isQuietHours(hours) ? hours : undefined;
}

/** Takes apart what formatQuietHours made. Whether the hours can be was decided before, maybe by a Node.js that knew other zones. */
export function splitQuietHours(text: string): QuietHours {
  const [, from = '', until = '', zone = ''] = QUIET_HOURS.exec(text) ?? [];
  return { from, until, zone };
}

/** As parseQuietHours reads it. */
export function formatQuietHours({ from, until, zone }: QuietHours): string {
  return `${from}-${until} ${zone}`;
}

/** Whether they can be: two different times of day, and a zone that there is. */
export function isQuietHours({ from, until, zone }: QuietHours): boolean {
  if (!TIME_OF_DAY.test(from) || !TIME_OF_DAY.test(until) || from === until) return false;
  return isTimeZone(zone);
}

/** Whether it is the name of a time zone that this Node.js knows. */
export function isTimeZone(zone: string): boolean {
  if (!ZONE.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
