/**
 * Money: whole ten-thousandths of a currency unit (the provider reports four decimals), never a JS number.
 * Text exists only at the edges: `KES 100.0000`.
 */
export interface Money {
  readonly currency: Currency;
  /** Ten-thousandths of the unit: KES 1.5 is 15000n. */
  readonly units: bigint;
}

declare const currencyBrand: unique symbol;
/** An ISO 4217 code: three capital letters. */
export type Currency = string & { readonly [currencyBrand]: true };

/** Decimal places that one unit of Money resolves. */
export const MONEY_DECIMALS = 4;
const UNITS_PER_WHOLE = 10n ** BigInt(MONEY_DECIMALS);

/** 12 digits before the point: far above any batch, far below what a Postgres bigint holds (19 digits less 4 decimals). */
const AMOUNT = /^(0|[1-9]\d{0,11})(?:\.(\d{1,4}))?$/;
const MONEY = /^([A-Z]{3}) (-?)(\d{1,12})(?:\.(\d{1,4}))?$/;

/** Three capital letters, or undefined. Says nothing of whether we pay in that currency. */
export function parseCurrency(text: string): Currency | undefined {
  return /^[A-Z]{3}$/.test(text) ? (text as Currency) : undefined; // safe because it was just checked
}

/** For literals in code and tests. Throws RangeError where the text isn't a currency code. */
export function currency(text: string): Currency {
  const parsed = parseCurrency(text);
  if (!parsed) throw new RangeError(`"${text}" is not a currency code`);
  return parsed;
}

/**
 * Reads an amount as people write it in a file: digits, at most four decimals, no sign, exponent, separator or leading
 * zero. Undefined for everything else.
 */
export function parseAmount(text: string): bigint | undefined {
  const match = AMOUNT.exec(text);
  if (!match) return undefined;
  const [, whole = '', decimals = ''] = match;
  return toUnits(whole, decimals);
}

/** How many decimals an amount that parses was written with. */
export function decimalsOf(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

/** Reads `KES 100.0000`, also below zero (a wallet's balance may be). Undefined for everything else. */
export function parseMoney(text: string): Money | undefined {
  const match = MONEY.exec(text);
  if (!match) return undefined;
  const [, code = '', sign, whole = '', decimals = ''] = match;
  const units = toUnits(whole, decimals);
  return { currency: currency(code), units: sign ? -units : units };
}

/** `KES 100.0000`: always four decimals. */
export function formatMoney(money: Money): string {
  return `${money.currency} ${formatUnits(money.units)}`;
}

/** `100.0000`: always four decimals. */
export function formatUnits(units: bigint): string {
  const magnitude = units < 0n ? -units : units;
  const decimals = String(magnitude % UNITS_PER_WHOLE).padStart(MONEY_DECIMALS, '0');
  return `${units < 0n ? '-' : ''}${magnitude / UNITS_PER_WHOLE}.${decimals}`;
}

/** `100` or `1.50`: as short as exact, for the provider's wire, which documents whole units and two decimals. */
export function formatAmountShort(units: bigint): string {
  const [whole = '', decimals = ''] = formatUnits(units).split('.');
  const kept = decimals.replace(/0+$/, '');
  return kept === '' ? whole : `${whole}.${kept.padEnd(2, '0')}`;
}

/** Sums per currency, sorted by code; no currency is ever converted into another. */
export function sumByCurrency(items: Iterable<Money>): Money[] {
  const sums = new Map<Currency, bigint>();
  for (const { currency: code, units } of items) sums.set(code, (sums.get(code) ?? 0n) + units);
  return [...sums]
    .map(([code, units]) => ({ currency: code, units }))
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
}

function toUnits(whole: string, decimals: string): bigint {
  return BigInt(whole + decimals.padEnd(MONEY_DECIMALS, '0'));
}
