import type { Book } from './book/book.ts';
import type { Credit } from './book/credits.ts';
import { withNotifyFault } from './notify/fault.ts';
import type { Notifier } from './notify/notifier.ts';
import type { Validator } from './validate/validator.ts';
import type { World } from './world.ts';

/** Credits what the book has put off when its time comes; what is overdue when the simulator starts, at once. */
export class LateCredits implements Disposable {
  readonly #book: Book;
  readonly #world: World;
  readonly #validator: Validator;
  readonly #notifier: Notifier;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(book: Book, world: World, validator: Validator, notifier: Notifier) {
    this.#book = book;
    this.#world = world;
    this.#validator = validator;
    this.#notifier = notifier;
    for (const number of book.pending.numbers()) this.expect(number);
  }

  /** To be called once for each request that has something put off. */
  expect(number: number): void {
    const due = this.#book.pending.of(number);
    if (!due) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        void this.#credit(number);
      },
      Math.min(Math.max(0, due.dueMs - this.#world.now()), LONGEST_WAIT_MS),
    );
    this.#timers.add(timer);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #credit(number: number): Promise<void> {
    const { era, pending, requests } = this.#book;
    const due = pending.of(number);
    if (!due) return;
    const { key } = requests.at(due.request);
    const blocked = this.#validator.isOn ? await this.#blocked(due.credits, key) : NONE;
    if (era !== this.#book.era) return;
    this.#book.creditPending(number, this.#world.now(), (credit) =>
      blocked.has(credit) ? undefined : withNotifyFault(credit, key, this.#notifier.rules),
    );
    // There is no answer that an early notification could come before.
    void this.#notifier.catchUp();
    await this.#book.saved();
  }

  /** Those that the validation does not let pass. */
  async #blocked(
    credits: readonly Credit[],
    key: string | undefined,
  ): Promise<ReadonlySet<Credit>> {
    const asked = credits.map(async (credit) => {
      // The book does not keep where a request came from.
      const said = await this.#validator.ask({ ...credit, key, sourceIpAddress: undefined });
      return this.#validator.allows(said) ? undefined : credit;
    });
    return new Set((await Promise.all(asked)).filter((credit) => credit !== undefined));
  }
}

const NONE: ReadonlySet<Credit> = new Set();
/** A day, the most of LATE_MS: a clock that went back must not delay for ever, nor overflow a timer. */
const LONGEST_WAIT_MS = 86_400_000;
