/**
 * Finds the newest row with equal content, by place: a hash table of places only, since the content stands in columns.
 * Four bytes a slot, at most half of them used.
 */
export class PlaceIndex {
  #slots = new Uint32Array(FIRST_SLOTS);
  #used = 0;
  readonly #hashAt: (place: number) => number;
  readonly #equal: (a: number, b: number) => boolean;

  constructor(hashAt: (place: number) => number, equal: (a: number, b: number) => boolean) {
    this.#hashAt = hashAt;
    this.#equal = equal;
  }

  /** The newest place with the content of the row at `place`; undefined where there is none. */
  find(place: number): number | undefined {
    return placeIn(this.#slots[this.#slotOf(place)]);
  }

  /** Makes `place` the newest with its content and gives back the one that was. */
  put(place: number): number | undefined {
    if (this.#used * 2 >= this.#slots.length) this.#grow();
    const slot = this.#slotOf(place);
    const previous = placeIn(this.#slots[slot]);
    if (previous === undefined) this.#used += 1;
    this.#slots[slot] = place + 1;
    return previous;
  }

  #slotOf(place: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = this.#hashAt(place) & mask; ; slot = (slot + 1) & mask) {
      const other = placeIn(this.#slots[slot]);
      if (other === undefined || this.#equal(other, place)) return slot;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (const held of old) {
      const place = placeIn(held);
      if (place !== undefined) this.#slots[this.#slotOf(place)] = held;
    }
  }
}

/** Spreads a safe integer over 32 bits. */
export function hashNumber(value: number): number {
  const low = value >>> 0;
  const high = (value - low) / 2 ** 32;
  let mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Slots hold a place plus one, so that zero is an empty slot. */
function placeIn(held: number | undefined): number | undefined {
  return held ? held - 1 : undefined;
}

/** A power of two, as masks need. */
const FIRST_SLOTS = 2048;
