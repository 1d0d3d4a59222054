import {
  DECISION_REFUSALS,
  sumByCurrency,
  type DecisionRefusal,
  type DecisionTerms,
  type Money,
  type Verdict,
} from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict } from '../conflict.ts';
import { TRUSTED } from '../recover/read-trust.ts';
import { run } from '../sql.ts';
import type { ChosenLine } from './find-lines.ts';
import { judgeLines, type JudgedLine } from './judge-lines.ts';

/** What a decision moves, or would move. */
export interface Weighed {
  readonly lines: number;
  /** What these lines come to, per currency. */
  readonly sums: readonly Money[];
  /** Since when the oldest of them is in doubt. */
  readonly oldestAt: Date | undefined;
  /** What is said of them, most frequent first, TEXTS_MAX at most. */
  readonly texts: readonly { readonly text: string; readonly lines: number }[];
  /** How many lines are refused for each reason; only reasons that there are. */
  readonly refused: DecisionRefusals;
}

export type DecisionRefusals = Readonly<Partial<Record<DecisionRefusal, number>>>;

/** As many as a person reads. */
const TEXTS_MAX = 20;

/**
 * Judges lines page by page, and lets `act` have those that may be moved. Throws Conflict in a database that was restored:
 * what it says of a line is old.
 */
export async function weighLines(
  client: PoolClient,
  pages: AsyncIterable<readonly ChosenLine[]>,
  order: { readonly verdict: Verdict; readonly terms: DecisionTerms; readonly hold: boolean },
  act?: (lines: readonly JudgedLine[]) => Promise<void>,
): Promise<Weighed> {
  const [database] = await run<{ trusted: boolean }>(client, LOOK, []);
  if (!database?.trusted) {
    throw new Conflict('the database was restored or promoted: recover it before you decide lines');
  }
  let lines = 0;
  let sums: Money[] = [];
  let oldestAt: Date | undefined;
  const texts = new Map<string, number>();
  const refused: Partial<Record<DecisionRefusal, number>> = {};
  for await (const page of pages) {
    const judged = await judgeLines(client, page, order);
    for (const { judgement } of judged) {
      if (judgement !== 'decide') refused[judgement] = (refused[judgement] ?? 0) + 1;
    }
    const good = judged.filter(({ judgement }) => judgement === 'decide');
    if (good.length === 0) continue;
    lines += good.length;
    sums = sumByCurrency([...sums, ...good.map(({ amount }) => amount)]);
    for (const { text, since } of good) {
      texts.set(text, (texts.get(text) ?? 0) + 1);
      if (oldestAt === undefined || since < oldestAt) oldestAt = since;
    }
    await act?.(good);
  }
  return { lines, sums, oldestAt, texts: mostFrequent(texts), refused };
}

/** `3 its last send is too young …; 1 …`: for people. */
export function listDecisionRefusals(refused: DecisionRefusals): string {
  const parts = Object.entries(DECISION_REFUSALS).flatMap(([reason, sentence]) => {
    const lines = refused[reason as DecisionRefusal]; // safe because the keys of that table are the reasons
    return lines === undefined ? [] : [`${lines} ${sentence}`];
  });
  return parts.join('; ') || 'no unresolved line was chosen';
}

function mostFrequent(texts: ReadonlyMap<string, number>): Weighed['texts'] {
  return [...texts]
    .map(([text, lines]) => ({ text, lines }))
    .toSorted((a, b) => b.lines - a.lines || (a.text < b.text ? -1 : 1))
    .slice(0, TEXTS_MAX);
}

const LOOK = { name: 'look-whether-trusted', text: `SELECT ${TRUSTED} AS trusted` };
