/** Draws the next number of a sequence, at least 0 and below 1. */
export type Draw = () => number;

/** A small seeded sequence (mulberry32): the same seed gives the same order of answers and the same jitter. */
export function seededDraw(seed: number): Draw {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A new array with the same items in a drawn order (Fisher–Yates). */
export function shuffled<Item>(items: readonly Item[], draw: Draw): Item[] {
  const result: Item[] = [];
  for (const item of items) {
    const place = Math.floor(draw() * (result.length + 1));
    const displaced = result[place];
    result[place] = item;
    if (displaced !== undefined) result.push(displaced);
  }
  return result;
}
