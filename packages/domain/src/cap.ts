import type { Currency } from './money.ts';

/** What a cap counts together. */
export const CAP_SCOPES = ['batch', 'source', 'account', 'recipient'] as const;
export type CapScope = (typeof CAP_SCOPES)[number];
/** What a cap counts within, in its time zone; weeks begin on Monday. A batch has none. */
export const CAP_PERIODS = ['day', 'week', 'month'] as const;
export type CapPeriod = (typeof CAP_PERIODS)[number];
/** Of caps: people choose it, and held lines name it. */
export const CAP_NAME = /^[a-z0-9][a-z0-9._-]{0,39}$/;

/** No more than `amount` for each of what it counts, by the face value of lines that are being sent, unresolved, or paid. */
export interface Cap {
  readonly name: string;
  readonly per: CapScope;
  readonly currency: Currency;
  /** Ten-thousandths. */
  readonly amount: bigint;
  /** Undefined: of every source. */
  readonly source: string | undefined;
}

/** A cap as it is met by a claim. */
export interface MetCap extends Cap {
  /** What is used of it already, by what it counts: a phone for `recipient`, '' for all others. */
  readonly used: ReadonlyMap<string, bigint>;
}

/** A line that asks to be sent. */
export interface CappedLine {
  readonly msisdn: string;
  readonly amount: { readonly currency: Currency; readonly units: bigint };
}

/** Lines that fit, in their order, and those that do not, with the first cap that is in the way. */
export interface KeptToCaps<Line> {
  readonly fitting: readonly Line[];
  readonly over: readonly { readonly line: Line; readonly cap: string }[];
}

/** Lets each line go for which there is room under all caps, one after the other; a smaller one may fit where a larger did not. */
export function keepToCaps<Line extends CappedLine>(
  lines: readonly Line[],
  caps: readonly MetCap[],
): KeptToCaps<Line> {
  const used = new Map(caps.map((cap) => [cap.name, new Map(cap.used)]));
  const fitting: Line[] = [];
  const over: { line: Line; cap: string }[] = [];
  for (const line of lines) {
    const met = caps.filter(({ currency }) => currency === line.amount.currency);
    const standing = (cap: Cap) => used.get(cap.name)?.get(keyOf(cap, line)) ?? 0n;
    const inTheWay = met.find((cap) => standing(cap) + line.amount.units > cap.amount);
    if (inTheWay) {
      over.push({ line, cap: inTheWay.name });
      continue;
    }
    for (const cap of met)
      used.get(cap.name)?.set(keyOf(cap, line), standing(cap) + line.amount.units);
    fitting.push(line);
  }
  return { fitting, over };
}

function keyOf({ per }: Cap, { msisdn }: CappedLine): string {
  return per === 'recipient' ? msisdn : '';
}
