import { uint32Column, uint8Column } from './columns.ts';
import { Names } from './names.ts';

/** Which accepted lines' notifications met a fault, and which were acknowledged: two bytes a line, by its place. */
export class Notices {
  /** How many lines are acknowledged. */
  acknowledged = 0;
  readonly #acknowledged = uint8Column();
  readonly #faults = uint8Column();
  readonly #names = new Names();
  readonly #faulted = uint32Column();
  #faultedCount = 0;

  constructor() {
    this.#names.numberOf(NO_FAULT); // and so has the number zero
  }

  /** To be called for each credit, in the order of the book. */
  add(place: number, fault: string | undefined): void {
    this.#acknowledged.set(place, 0);
    this.#faults.set(place, fault === undefined ? 0 : this.#names.numberOf(fault));
    if (fault === undefined) return;
    this.#faulted.set(this.#faultedCount, place);
    this.#faultedCount += 1;
  }

  /** A repeat changes nothing. */
  acknowledge(place: number): void {
    if (this.isAcknowledged(place)) return;
    this.#acknowledged.set(place, 1);
    this.acknowledged += 1;
  }

  isAcknowledged(place: number): boolean {
    return this.#acknowledged.get(place) === 1;
  }

  faultAt(place: number): string | undefined {
    const number = this.#faults.get(place);
    return number === 0 ? undefined : this.#names.nameOf(number);
  }

  get faultedCount(): number {
    return this.#faultedCount;
  }

  /** Places that met a fault, in the order of the book, after so many of them and at most `limit`. */
  *faulted(after = 0, limit = Infinity): Generator<number> {
    const end = Math.min(this.#faultedCount, after + limit);
    for (let order = after; order < end; order += 1) yield this.#faulted.get(order);
  }
}

const NO_FAULT = '';
