/** What may stand in a pattern of times, and what it reads. */
const TOKENS: Readonly<Record<string, string>> = {
  YYYY: String.raw`(?<year>\d{4})`,
  MMM: '(?<name>[A-Za-z]{3})',
  MM: String.raw`(?<month>\d{1,2})`,
  DD: String.raw`(?<day>\d{1,2})`,
  HH: String.raw`(?<hour>\d{1,2})`,
  hh: String.raw`(?<hour>\d{1,2})`,
  mm: String.raw`(?<minute>\d{2})`,
  ss: String.raw`(?<second>\d{2})(?:\.\d{1,6})?`,
  A: '(?<half>[AaPp][Mm])',
};
const TOKEN = /YYYY|MMM|MM|DD|HH|hh|mm|ss|A/g;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/** How the times of a statement are written. */
export interface TimeForm {
  /** `iso`: with an offset in itself. Otherwise a pattern of YYYY, MM or MMM, DD, HH or hh with A, mm, ss. */
  readonly format: string;
  /** Of the clock that they are of, like Africa/Nairobi; not needed with `iso`. */
  readonly zone?: string | undefined;
}

/**
 * A reader of times that are written so: what it returns is a moment as Postgres reads it, and undefined for what is no time.
 * Undefined for a form that leaves open which moment is meant.
 */
export function timeReader({
  format,
  zone,
}: TimeForm): ((text: string) => string | undefined) | undefined {
  if (format === 'iso') return (text) => (ISO.test(text) && isMoment(text) ? text : undefined);
  const tokens: readonly string[] = format.match(TOKEN) ?? [];
  const whole = ['YYYY', 'DD'].every((token) => tokens.includes(token));
  const month = tokens.some((token) => token === 'MM' || token === 'MMM');
  const half = tokens.includes('hh') === tokens.includes('A');
  if (!whole || !month || !half || zone === undefined) return undefined;
  if (new Set(tokens).size < tokens.length) return undefined;
  if (tokens.includes('HH') && tokens.includes('hh')) return undefined;
  if (tokens.includes('MM') && tokens.includes('MMM')) return undefined;
  const pattern = new RegExp(`^${patternOf(format)}$`);
  return (text) => {
    const read = pattern.exec(text)?.groups;
    const local = read && localTime(read);
    return local === undefined ? undefined : `${local} ${zone}`;
  };
}

function patternOf(format: string): string {
  let pattern = '';
  let at = 0;
  for (const { 0: token, index } of format.matchAll(TOKEN)) {
    pattern += escape(format.slice(at, index)) + (TOKENS[token] ?? '');
    at = index + token.length;
  }
  return pattern + escape(format.slice(at));
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}

function localTime(read: Readonly<Record<string, string | undefined>>): string | undefined {
  const year = Number(read['year']);
  const name = read['name']?.toLowerCase();
  const month = name === undefined ? Number(read['month']) : MONTHS.indexOf(name) + 1;
  const day = Number(read['day']);
  const hour = hourOf(Number(read['hour'] ?? 0), read['half']?.toLowerCase());
  const minute = Number(read['minute'] ?? 0);
  const second = Number(read['second'] ?? 0);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const same =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!same || month < 1 || hour > 23 || hour < 0 || minute > 59 || second > 59) return undefined;
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** 12 AM is midnight. */
function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return -1;
  return (hour % 12) + (half === 'pm' ? 12 : 0);
}

function isMoment(text: string): boolean {
  const [date = ''] = text.split(/[T ]/);
  const moment = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(moment.getTime()) || moment.toISOString().slice(0, 10) !== date) return false;
  return !Number.isNaN(new Date(text.replace(' ', 'T')).getTime());
}
