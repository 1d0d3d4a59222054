import type { LineState } from '@salio/domain';
import { countSent, listStates } from '../state-counts.ts';
import { visible } from '../table.ts';
import { describePace, describeShare } from './describe.ts';
import { notePace, perSecond, secondsLeft, startPace, type Pace } from './pace.ts';

/** A batch as it was looked at. */
export interface BatchLook {
  readonly state: string;
  readonly stateReason?: string | null;
  readonly counts: ReadonlyMap<LineState, number>;
}

/** What is said of it. */
export interface BatchTold {
  readonly text: string;
  /** Of the lines, that which is past sending; undefined where there are none. */
  readonly share: number | undefined;
  readonly done: number;
  readonly total: number;
  readonly rate: number | undefined;
  readonly left: number | undefined;
}

/** Tells of a batch, look after look, with the pace that it has. */
export function createTeller(): { tell(look: BatchLook, nowMs: number): BatchTold } {
  let pace: Pace | undefined;
  return {
    tell({ state, stateReason, counts }, nowMs) {
      const { done, total } = countSent(counts);
      pace = paceOf(state, pace, done, nowMs);
      const rate = pace && perSecond(pace);
      const left = pace && secondsLeft(pace, total - done);
      const parts = [
        state,
        stateReason ?? '',
        describeShare(done, total),
        describePace(rate, left),
        listStates(counts),
      ];
      const text = visible(parts.filter((part) => part !== '').join(', '));
      return { text, share: total > 0 ? done / total : undefined, done, total, rate, left };
    },
  };
}

/** Only a released batch has a pace: before it, and while it is paused, nothing is to be expected. */
function paceOf(
  state: string,
  pace: Pace | undefined,
  done: number,
  nowMs: number,
): Pace | undefined {
  if (state !== 'released') return undefined;
  return pace ? notePace(pace, done, nowMs) : startPace(done, nowMs);
}
