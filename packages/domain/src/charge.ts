import type { LineState } from './line.ts';

/**
 * How a line stands with the float of the provider account that it is paid from.
 *
 * - `reserved`: an attempt with it is open or unresolved: its amount is kept for it.
 * - `charged`: the provider accepted it: it costs its amount less its discount.
 * - `due`: it was charged, and failed after all: what it cost is expected back. Nobody knows when the provider gives it back.
 *
 * A line that has none of these costs nothing.
 */
export const CHARGES = ['reserved', 'charged', 'due'] as const;
export type Charge = (typeof CHARGES)[number];

/** What a line's move makes of its charge. The ledger's trigger `charge_line` says the same. */
export function chargeAfter(charge: Charge | undefined, to: LineState): Charge | undefined {
  switch (to) {
    case 'sent':
    case 'succeeded':
      return 'charged';
    case 'sending':
      // A replay is not charged again.
      return charge === 'charged' ? 'charged' : 'reserved';
    case 'unresolved':
      return charge === 'charged' || charge === 'due' ? 'charged' : 'reserved';
    case 'failed':
      return charge === 'charged' || charge === 'due' ? 'due' : undefined;
    case 'pending':
    case 'queued':
    case 'held':
    case 'cancelled':
      return undefined;
  }
}

/** What moves a float by itself, and what a person enters. */
export const LINE_POSTINGS = [
  'reserve',
  'void',
  'post',
  'adjust',
  'refund_expected',
  'refund_withdrawn',
  'late',
] as const;
export const ENTERED_POSTINGS = ['top_up', 'withdrawal', 'refund', 'write_off'] as const;
export const POSTING_KINDS = [...LINE_POSTINGS, ...ENTERED_POSTINGS] as const;
export type LinePosting = (typeof LINE_POSTINGS)[number];
export type EnteredPosting = (typeof ENTERED_POSTINGS)[number];
export type PostingKind = (typeof POSTING_KINDS)[number];

/** How much of a float is what, ten-thousandths of one currency. */
export interface FloatSums {
  /** Paid in, less what was taken out or written off. */
  readonly funded: bigint;
  /** Kept for attempts that are open or unresolved. */
  readonly reserved: bigint;
  /** What accepted lines cost: amount less discount, line by line. */
  readonly spent: bigint;
  /** Expected back for lines that failed after they were accepted. */
  readonly due: bigint;
}

/** What an amount that a person enters is more or less of. */
export function enteredSums(kind: EnteredPosting, units: bigint): FloatSums {
  const nothing = { funded: 0n, reserved: 0n, spent: 0n, due: 0n };
  switch (kind) {
    case 'top_up':
      return { ...nothing, funded: units };
    case 'withdrawal':
      return { ...nothing, funded: -units };
    case 'refund':
      return { ...nothing, due: -units };
    case 'write_off':
      return { ...nothing, funded: -units, due: -units };
  }
}

/** What may still be reserved. Below zero where more was paid than was there. */
export function availableOf({ funded, reserved, spent, due }: FloatSums): bigint {
  return funded - reserved - spent - due;
}

/** A line as a posting weighs it. */
export interface Weighed {
  readonly charge: Charge | undefined;
  /** Ten-thousandths, as is the discount. */
  readonly amount: bigint;
  readonly discount: bigint;
}

/** What a line's move does to the float: the kind of its posting, and what is more or less of each. Undefined where it is nothing. */
export function postingOf(
  before: Weighed,
  after: Weighed,
): (Omit<FloatSums, 'funded'> & { readonly kind: LinePosting }) | undefined {
  const was = before.amount - before.discount;
  const is = after.amount - after.discount;
  const nothing = { reserved: 0n, spent: 0n, due: 0n };
  switch (`${before.charge ?? 'none'} ${after.charge ?? 'none'}`) {
    case 'none reserved':
    case 'due reserved':
      return { ...nothing, kind: 'reserve', reserved: after.amount };
    case 'reserved none':
      return { ...nothing, kind: 'void', reserved: -before.amount };
    case 'reserved charged':
      return { kind: 'post', reserved: -before.amount, spent: is, due: 0n };
    case 'charged charged':
      return was === is ? undefined : { ...nothing, kind: 'adjust', spent: is - was };
    case 'charged due':
      return { kind: 'refund_expected', reserved: 0n, spent: -was, due: was };
    case 'due charged':
      return { kind: 'refund_withdrawn', reserved: 0n, spent: is, due: -was };
    case 'none charged':
      return { ...nothing, kind: 'late', spent: is };
    default:
      // A retry of what is due: that stays due, whatever becomes of the new attempt.
      return undefined;
  }
}
