/** A growing list of numbers, or of fixed groups of numbers, kept outside the garbage collector's sight. */
class Column<Values extends NumberArray> {
  #values: Values;
  readonly #make: (length: number) => Values;

  constructor(make: (length: number) => Values) {
    this.#make = make;
    this.#values = make(FIRST_LENGTH);
  }

  /** Throws RangeError for a place beyond all that were written. */
  get(place: number): number {
    const value = this.#values[place];
    if (value === undefined) throw new RangeError(`nothing stands at ${place}`);
    return value;
  }

  set(place: number, value: number): void {
    if (place >= this.#values.length) this.#grow(place);
    this.#values[place] = value;
  }

  #grow(place: number): void {
    const grown = this.#make(Math.max(this.#values.length * 2, place + 1));
    grown.set(this.#values);
    this.#values = grown;
  }
}

export type NumberArray = Float64Array | Uint32Array | Uint16Array | Uint8Array;

export const float64Column = () => new Column((length) => new Float64Array(length));
export const uint32Column = () => new Column((length) => new Uint32Array(length));
export const uint16Column = () => new Column((length) => new Uint16Array(length));
export const uint8Column = () => new Column((length) => new Uint8Array(length));

/** Small, because most simulators serve a test; columns double. */
const FIRST_LENGTH = 1024;
