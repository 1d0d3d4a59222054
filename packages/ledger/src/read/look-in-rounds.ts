/** One look at rows in their order: what of them was wanted, and how far it went. */
export interface Round<Row, Position> {
  /** That fit the query, at most as many as were needed, in order. */
  readonly rows: readonly Row[];
  /** How many were looked at, whether they fit or not. */
  readonly looked: number;
  /** The last of these; undefined where there was none. */
  readonly reached: Position | undefined;
}

export interface RoundTerms<Row, Position> {
  /** Where the page begins: after this one. */
  readonly before: Position | undefined;
  /** Rows of a page. */
  readonly limit: number;
  /** Rows looked at for a page, whether they fit or not. */
  readonly lookMax: number;
  /** Whether every row that is looked at fits: then none is looked at in vain. */
  readonly unfiltered: boolean;
  readonly positionOf: (row: Row) => Position;
}

export interface Rounds<Row, Position> {
  readonly rows: readonly Row[];
  readonly looked: number;
  /** Where to go on; undefined where there are no more. */
  readonly next: Position | undefined;
}

/** Each round looks at so many times more: few rounds where little fits, little in vain where much does. */
const GROWTH = 4;

/**
 * Fills a page with rows that fit, out of rows that are looked at in order. A page that has looked at `lookMax` rows ends there,
 * with what it has: what a page costs is bounded, however little fits.
 */
export async function lookInRounds<Row, Position>(
  terms: RoundTerms<Row, Position>,
  look: (at: Position | undefined, window: number, need: number) => Promise<Round<Row, Position>>,
): Promise<Rounds<Row, Position>> {
  const rows: Row[] = [];
  let looked = 0;
  let at = terms.before;
  let window = terms.limit;
  for (;;) {
    const room = Math.min(window, terms.lookMax - looked);
    const round = await look(at, room, terms.limit - rows.length);
    rows.push(...round.rows);
    looked += round.looked;
    const last = rows.at(-1);
    if (rows.length === terms.limit && last !== undefined)
      return { rows, looked, next: terms.positionOf(last) };
    if (round.looked < room) return { rows, looked, next: undefined };
    at = round.reached;
    if (looked >= terms.lookMax) return { rows, looked, next: at };
    window = terms.unfiltered ? terms.limit - rows.length : window * GROWTH;
  }
}
