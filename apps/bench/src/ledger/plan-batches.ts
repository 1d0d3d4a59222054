/** A batch that is to be stored as if it had been paid. */
export interface PlannedBatch {
  /** From 1, without a gap, the oldest first. */
  readonly batchNo: number;
  readonly lines: number;
  /** Number of its first attempt; each attempt carries so many lines as the plan says. */
  readonly firstAttempt: number;
  /** `sending`: the first half of it is in the ledger as paid, the rest waits. */
  readonly kind: 'paid' | 'sending';
  /** Whether some of its lines still wait for people. */
  readonly recent: boolean;
}

export interface BatchTerms {
  readonly lines: number;
  readonly seed: number;
  readonly recipientsPerRequest: number;
}

/** A large ledger has a few batches of this size. */
const LARGEST = 1_000_000;
/** Lines of the newest batches, in which people have not yet looked at everything: a few days of work, whatever the ledger's size. */
export const RECENT_LINES = 50_000;

/**
 * Batches of mixed sizes that add up to so many lines: a third of the lines in batches of up to a million, most in batches of 1,000
 * to 50,000, one in 25 in batches of 1 to 100. Always the same for one seed.
 */
export function planBatches({ lines, seed, recipientsPerRequest }: BatchTerms): PlannedBatch[] {
  const random = randomFrom(seed);
  const between = (least: number, most: number) =>
    least + Math.floor(random() * (most - least + 1));
  const sizes: number[] = [];
  const fill = (wanted: number, next: () => number) => {
    for (let left = wanted; left > 0;) {
      const size = Math.min(left, next());
      sizes.push(size);
      left -= size;
    }
  };
  const [large, small] = [Math.floor(lines * 0.3), Math.floor(lines * 0.04)];
  fill(large, () => LARGEST);
  fill(small, () => between(1, 100));
  fill(lines - large - small, () => Math.min(between(1_000, 50_000), Math.ceil(lines / 10)));
  shuffle(sizes, random);
  // The newest is being sent; those before it are what people are at.
  const newest = sizes.findIndex((size) => size >= Math.min(1_000, lines / 100));
  const [sending = 1] = sizes.splice(Math.max(0, newest), 1);
  sizes.push(sending);
  return number(sizes, recipientsPerRequest);
}

function number(sizes: readonly number[], recipientsPerRequest: number): PlannedBatch[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  let firstAttempt = 1;
  return sizes.map((lines, index) => {
    const kind = index === sizes.length - 1 ? 'sending' : 'paid';
    const recent = kind === 'paid' && total - before - lines < RECENT_LINES;
    const batch = { batchNo: index + 1, lines, firstAttempt, kind, recent } as const;
    before += lines;
    firstAttempt += Math.ceil(lines / recipientsPerRequest);
    return batch;
  });
}

/** Numbers of 0 to 1 that follow from the seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffle(items: number[], random: () => number): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other] ?? 0, items[last] ?? 0];
  }
}
