/** The last so many of what was added. */
export class Ring<Item> {
  readonly #items: Item[] = [];
  readonly #most: number;
  #next = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(item: Item): void {
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.#most;
  }

  /** Newest first. */
  *newest(): Generator<Item> {
    for (let back = 1; back <= this.#items.length; back += 1) {
      const item = this.#items[(this.#next - back + this.#most) % this.#most];
      if (item !== undefined) yield item;
    }
  }

  clear(): void {
    this.#items.length = 0;
    this.#next = 0;
  }
}
