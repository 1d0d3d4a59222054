import type { Credit } from './credits.ts';

/** How many phones that were credited an equal amount more than once are kept as examples. */
export const REPEATS_KEPT = 100;

/** Running sums over the book. */
export class Tally {
  credited = 0;
  failedByTelco = 0;
  /** Different (phone, currency, amount) that were credited more than once. */
  repeatedRecipients = 0;
  /** Credits beyond the first of their (phone, currency, amount). */
  extraCredits = 0;
  /** Places of second credits, the first REPEATS_KEPT. */
  readonly repeats: number[] = [];
  /** What reached phones, in ten-thousandths. */
  readonly creditedSums = new Map<string, bigint>();
  /** What the wallet paid for: also what the telco refused later, since nothing says that it is paid back. */
  readonly acceptedSums = new Map<string, bigint>();

  add(credit: Credit, place: number, times: number): void {
    const amount = BigInt(credit.tenThousandths);
    addTo(this.acceptedSums, credit.currency, amount);
    if (!credit.credited) {
      this.failedByTelco += 1;
      return;
    }
    this.credited += 1;
    addTo(this.creditedSums, credit.currency, amount);
    if (times < 2) return;
    this.extraCredits += 1;
    if (times > 2) return;
    this.repeatedRecipients += 1;
    if (this.repeats.length < REPEATS_KEPT) this.repeats.push(place);
  }
}

function addTo(sums: Map<string, bigint>, currency: string, amount: bigint): void {
  sums.set(currency, (sums.get(currency) ?? 0n) + amount);
}
