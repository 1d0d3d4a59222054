/**
 * Ten-thousandths of a currency unit in a JS number. Sound inside the simulator only: the wire grammar allows 11 whole
 * digits, so one amount stays below 10^15, and 2^53 is 9 * 10^15. Sums over requests are bigint.
 */
export interface Money {
  readonly currency: string;
  readonly tenThousandths: number;
}

/** The provider writes four decimals (contract section 1.2). */
export const UNIT = 10_000;

/** Reads an amount as it stands on the wire, `KES 10` or `KES 38.67` (contract section 1.1); undefined where it is not one. */
export function readMoney(text: string): Money | undefined {
  const match = WIRE_AMOUNT.exec(text);
  if (!match) return undefined;
  const [, currency = '', whole = '', decimals = ''] = match;
  return { currency, tenThousandths: Number(whole) * UNIT + Number(decimals.padEnd(4, '0')) };
}

/** `KES 44.0000`: how answers write money (contract section 1.2). */
export function showMoney(currency: string, tenThousandths: number): string {
  const decimals = tenThousandths % UNIT;
  const units = (tenThousandths - decimals) / UNIT;
  return decimals === 0
    ? `${currency} ${units}.0000`
    : `${currency} ${units}.${String(decimals).padStart(4, '0')}`;
}

/** The same for sums and balances, which may be larger than a safe integer, and negative (contract section 4.2). */
export function showLargeMoney(currency: string, tenThousandths: bigint): string {
  const size = tenThousandths < 0n ? -tenThousandths : tenThousandths;
  const digits = String(size).padStart(5, '0');
  const sign = tenThousandths < 0n ? '-' : '';
  return `${currency} ${sign}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

/** Reads a plain decimal with up to four decimals, as settings give it; undefined where it is not one. */
export function readDecimal(text: string): bigint | undefined {
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', decimals = ''] = match;
  const size = BigInt(whole) * BigInt(UNIT) + BigInt(decimals.padEnd(4, '0'));
  return sign === '-' ? -size : size;
}

const WIRE_AMOUNT = /^([A-Z]{3}) (\d{1,11})(?:\.(\d{1,4}))?$/;
const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{1,4}))?$/;
