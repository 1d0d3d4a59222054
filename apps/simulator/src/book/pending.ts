import type { Credit } from './credits.ts';

/** What a request is still to be credited. */
export interface PendingRequest {
  /** The place of the request in the book. */
  readonly request: number;
  /** In milliseconds since 1970. */
  readonly dueMs: number;
  /** The first is booked next. */
  readonly credits: Credit[];
}

/** Credits that were put off, by the number of their request. */
export class Pending {
  readonly #byNumber = new Map<number, PendingRequest>();

  add(number: number, request: number, dueMs: number, credit: Credit): void {
    const known = this.#byNumber.get(number);
    if (known) known.credits.push(credit);
    else this.#byNumber.set(number, { request, dueMs, credits: [credit] });
  }

  get isEmpty(): boolean {
    return this.#byNumber.size === 0;
  }

  of(number: number): PendingRequest | undefined {
    return this.#byNumber.get(number);
  }

  numbers(): Iterable<number> {
    return this.#byNumber.keys();
  }

  /** Notes that the next line of the request with this number was credited, or never will be; nothing where none was put off. */
  settledOne(number: number): void {
    const credits = this.#byNumber.get(number)?.credits;
    credits?.shift();
    if (credits?.length === 0) this.#byNumber.delete(number);
  }
}
