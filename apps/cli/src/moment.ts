import { Temporal } from 'temporal-polyfill';
import { UsageError } from './usage-error.ts';

const WITH_ZONE = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?) ([A-Za-z_]+(?:\/[\w+-]+)*)$/;
const WITH_OFFSET = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads `2026-12-01 08:00 Africa/Nairobi` or `2026-12-01T08:00+03:00`. Without a zone it would be another moment on another
 * machine. Throws UsageError that names the option, also for a time that the zone's clocks leave out or show twice.
 */
export function parseMoment(text: string, option: string): Date {
  const [, date = '', time = '', timeZone = ''] = WITH_ZONE.exec(text) ?? [];
  try {
    if (timeZone !== '') {
      const local = Temporal.PlainDateTime.from(`${date}T${time}`, { overflow: 'reject' });
      const zoned = local.toZonedDateTime(timeZone, { disambiguation: 'reject' });
      return new Date(zoned.epochMilliseconds);
    }
    if (WITH_OFFSET.test(text)) return new Date(Temporal.Instant.from(text).epochMilliseconds);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`${option}: there is no such moment, or two: ${error.message}`);
  }
  throw new UsageError(
    `${option} is like "2026-12-01 08:00 Africa/Nairobi" or 2026-12-01T08:00+03:00, not ${JSON.stringify(text)}`,
  );
}
