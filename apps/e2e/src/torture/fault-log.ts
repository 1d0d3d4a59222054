/** Something was away between two moments, ms since 1970. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What was done to the run, and when: written by whoever did it, never by the product. From it follows which sends can have
 * lost their answers (suppressed.ts).
 */
export interface FaultLog {
  /** When the process of that name was gone, by its name. */
  readonly deaths: ReadonlyMap<string, number>;
  /** When processes stood still, by their names. */
  readonly stops: ReadonlyMap<string, readonly Span[]>;
  /** When the simulator was dead or stood still. */
  readonly simulatorAway: readonly Span[];
  /** When whoever listens to the provider was dead or stood still: a provider that asks first waits for it. */
  readonly listenerAway: readonly Span[];
  /** When the database was dead: answers waited for it. */
  readonly postgresAway: readonly Span[];
}

export class FaultRecorder implements FaultLog {
  readonly deaths = new Map<string, number>();
  readonly stops = new Map<string, Span[]>();
  readonly simulatorAway: Span[] = [];
  readonly listenerAway: Span[] = [];
  readonly postgresAway: Span[] = [];
  /** What hit at least one line under way, by its name. */
  readonly kills: Record<string, number> = {};
  readonly faults: Record<string, number> = {};

  addDeath(name: string, atMs: number): void {
    this.deaths.set(name, atMs);
  }

  addStop(name: string, span: Span): void {
    this.stops.set(name, [...(this.stops.get(name) ?? []), span]);
  }

  count(into: 'kills' | 'faults', what: string): void {
    this[into][what] = (this[into][what] ?? 0) + 1;
  }
}
