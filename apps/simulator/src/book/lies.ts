/** One request that met a fault: the truth that its client was not told. */
export interface Lie {
  readonly requestNumber: number;
  readonly atMs: number;
  readonly key: string | undefined;
  readonly fault: string;
  /** How many lines the request credited; where it credits late, how many it will have. */
  readonly credited: number;
  /** Whether the answer, got in full, proves the truth of every line. */
  readonly truthful: boolean;
  /** As the client wrote them. */
  readonly phones: readonly string[];
}

/** All requests that met a fault. */
export class Lies {
  readonly #lies: Lie[] = [];
  readonly #counts = new Map<string, number>();
  lastNumber = 0;

  add(lie: Lie): void {
    this.#lies.push(lie);
    this.#counts.set(lie.fault, (this.#counts.get(lie.fault) ?? 0) + 1);
    this.lastNumber = Math.max(this.lastNumber, lie.requestNumber);
  }

  get count(): number {
    return this.#lies.length;
  }

  /** How often each fault was met. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** Those after that order, at most `limit`, as the control API shows them; orders count from 1. */
  entriesAfter(after: number, limit: number): LieEntry[] {
    return this.#lies.slice(after, after + limit).map(({ atMs, key, ...lie }, place) => ({
      order: after + place + 1,
      at: new Date(atMs).toISOString(),
      key: key ?? null,
      ...lie,
    }));
  }
}

export interface LieEntry extends Omit<Lie, 'atMs' | 'key'> {
  readonly order: number;
  readonly at: string;
  readonly key: string | null;
}
