import { UNIT } from './money.ts';

/** The smallest and largest amount of one line, in ten-thousandths, by currency. A currency that is not here is refused. */
export type Limits = ReadonlyMap<string, { readonly least: number; readonly most: number }>;

/**
 * KES from the provider's documentation; the minimums of the others as third parties report them (contract section 2).
 * Nobody publishes their maximums: about the worth of KES 10,000.
 */
export const DEFAULT_LIMITS =
  'KES=10-10000,UGX=50-300000,TZS=500-200000,RWF=100-110000,NGN=50-40000,GHS=1-1200,' +
  'ZAR=5-1500,ZMW=5-1000,MWK=300-130000,ETB=5-10000,XOF=100-45000,USD=1-100';

/** So that the sum of one request, HIGHEST_RECIPIENTS lines at this limit, is below 2^53 ten-thousandths. */
const HIGHEST_LIMIT_UNITS = 50_000_000;

/** How many recipients a request may be allowed to carry. See HIGHEST_LIMIT_UNITS. */
export const HIGHEST_RECIPIENTS = 10_000;

/** Reads `KES=10-10000,UGX=50-300000`, in whole units; undefined where it is malformed or too high. */
export function readLimits(text: string): Limits | undefined {
  const limits = new Map<string, { least: number; most: number }>();
  for (const part of text.split(',')) {
    const match = LIMIT.exec(part.trim());
    if (!match) return undefined;
    const [, currency = '', least = '', most = ''] = match;
    if (Number(most) > HIGHEST_LIMIT_UNITS || Number(least) > Number(most)) return undefined;
    limits.set(currency, { least: Number(least) * UNIT, most: Number(most) * UNIT });
  }
  return limits;
}

const LIMIT = /^([A-Z]{3})=(\d{1,9})-(\d{1,9})$/;
