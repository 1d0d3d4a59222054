import { float64Column, uint32Column } from '../book/columns.ts';

/** Places of credits by the time when they are due: a binary heap, twelve bytes each. */
export class DueQueue {
  #count = 0;
  readonly #times = float64Column();
  readonly #places = uint32Column();

  /** When the first is due; Infinity where there is none. */
  get firstMs(): number {
    return this.#count === 0 ? Infinity : this.#times.get(0);
  }

  add(dueMs: number, place: number): void {
    let slot = this.#count;
    this.#count += 1;
    this.#set(slot, dueMs, place);
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      if (this.#times.get(parent) <= dueMs) return;
      this.#swap(slot, parent);
      slot = parent;
    }
  }

  /** Takes out the first. Throws RangeError where there is none. */
  take(): number {
    if (this.#count === 0) throw new RangeError('nothing is due');
    const place = this.#places.get(0);
    this.#count -= 1;
    this.#set(0, this.#times.get(this.#count), this.#places.get(this.#count));
    this.#sink();
    return place;
  }

  clear(): void {
    this.#count = 0;
  }

  #sink(): void {
    for (let slot = 0; ;) {
      let least = slot;
      for (const child of [2 * slot + 1, 2 * slot + 2]) {
        if (child < this.#count && this.#times.get(child) < this.#times.get(least)) least = child;
      }
      if (least === slot) return;
      this.#swap(slot, least);
      slot = least;
    }
  }

  #swap(one: number, other: number): void {
    const [dueMs, place] = [this.#times.get(one), this.#places.get(one)];
    this.#set(one, this.#times.get(other), this.#places.get(other));
    this.#set(other, dueMs, place);
  }

  #set(slot: number, dueMs: number, place: number): void {
    this.#times.set(slot, dueMs);
    this.#places.set(slot, place);
  }
}
