import { isRefusedData } from '@salio/ledger';

/** Brings what comes one by one to the ledger, many in one commit. */
export interface Gatherer<Item, Answer> {
  /**
   * The answer, once it is committed. Undefined where there is none: the ledger failed, took too long, or too many wait. Then
   * nothing may be said of the item; it may be committed all the same.
   */
  add(item: Item): Promise<Answer | undefined>;
}

export interface GatherLimits {
  /** Items in one commit. */
  readonly atOnce: number;
  /** Commits under way at once: one that waits for a lock doesn't hold up the others. */
  readonly commits: number;
  /** Items that come within this time share a commit, ms. */
  readonly lingerMs: number;
  /** Items that wait for a commit to begin; more are turned away. */
  readonly waiting: number;
  /** Until whoever waits is told that there is no answer, ms. */
  readonly patienceMs: number;
}

export interface GathererOptions<Item, Answer> {
  /** Answers in the order of the items. Throws where nothing is committed, or nobody knows. */
  readonly write: (items: readonly Item[]) => Promise<readonly Answer[]>;
  readonly limits: GatherLimits;
  readonly onError: (error: unknown, items: number) => void;
}

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly end: (answer: Answer | undefined) => void;
}

export function createGatherer<Item, Answer>(
  options: GathererOptions<Item, Answer>,
): Gatherer<Item, Answer> {
  const { limits } = options;
  const waiting = new Set<Waiting<Item, Answer>>();
  let commits = 0;
  let lingering = false;

  function begin(): void {
    if (lingering || waiting.size === 0 || commits >= limits.commits) return;
    lingering = true;
    setTimeout(() => void commit(), limits.lingerMs);
  }

  async function commit(): Promise<void> {
    lingering = false;
    commits += 1;
    const set = [...waiting.values().take(limits.atOnce)];
    for (const one of set) waiting.delete(one);
    begin();
    await writeSet(options, set);
    commits -= 1;
    begin();
  }

  return {
    add: (item) =>
      new Promise((resolve) => {
        if (waiting.size >= limits.waiting) return resolve(undefined);
        const end = (answer: Answer | undefined) => {
          clearTimeout(timer);
          resolve(answer);
        };
        const one = { item, end };
        const timer = setTimeout(() => {
          // What has not begun doesn't begin any more: nobody waits for it.
          waiting.delete(one);
          resolve(undefined);
        }, limits.patienceMs);
        waiting.add(one);
        begin();
      }),
  };
}

/** One item that the ledger refuses must not keep the others from it: halves, and at the end it alone has no answer. */
async function writeSet<Item, Answer>(
  options: GathererOptions<Item, Answer>,
  set: readonly Waiting<Item, Answer>[],
): Promise<void> {
  if (set.length === 0) return;
  try {
    const answers = await options.write(set.map(({ item }) => item));
    for (const [index, { end }] of set.entries()) end(answers[index]);
  } catch (error) {
    if (set.length > 1 && isRefusedData(error)) {
      const half = Math.ceil(set.length / 2);
      await writeSet(options, set.slice(0, half));
      await writeSet(options, set.slice(half));
      return;
    }
    options.onError(error, set.length);
    for (const { end } of set) end(undefined);
  }
}
