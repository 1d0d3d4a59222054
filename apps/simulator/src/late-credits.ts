import type { Book } from './book/book.ts';
import type { World } from './world.ts';

/** Credits what the book has put off when its time comes; what is overdue when the simulator starts, at once. */
export class LateCredits implements Disposable {
  readonly #book: Book;
  readonly #world: World;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(book: Book, world: World) {
    this.#book = book;
    this.#world = world;
    for (const number of book.pending.numbers()) this.expect(number);
  }

  /** To be called once for each request that has something put off. */
  expect(number: number): void {
    const due = this.#book.pending.of(number);
    if (!due) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#book.creditPending(number, this.#world.now());
        void this.#book.saved();
      },
      Math.min(Math.max(0, due.dueMs - this.#world.now()), LONGEST_WAIT_MS),
    );
    this.#timers.add(timer);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

/** A day, the most of LATE_MS: a clock that went back must not delay for ever, nor overflow a timer. */
const LONGEST_WAIT_MS = 86_400_000;
