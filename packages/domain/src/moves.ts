/** A transition table: which state may follow which, and why. */
export interface Moves<State extends string> {
  readonly list: readonly Move<State>[];
  /** Whether the table has this move. */
  allows(from: State, to: State): boolean;
  /** The states from which `to` can be reached: what a conditional UPDATE has in its WHERE. */
  sourcesOf(to: State): readonly State[];
}

/** [from, to, why] */
export type Move<State extends string> = readonly [from: State, to: State, because: string];

export function defineMoves<State extends string>(
  states: readonly State[],
  list: readonly Move<State>[],
): Moves<State> {
  const sources = new Map<State, State[]>(states.map((state) => [state, []]));
  for (const [from, to] of list) sources.get(to)?.push(from);
  return {
    list,
    allows: (from, to) => sources.get(to)?.includes(from) ?? false,
    sourcesOf: (to) => sources.get(to) ?? [],
  };
}
