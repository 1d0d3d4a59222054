import { describe, expect, it } from 'vitest';
import {
  availableOf,
  chargeAfter,
  CHARGES,
  ENTERED_POSTINGS,
  enteredSums,
  postingOf,
  type Charge,
} from './charge.ts';
import { LINE_STATES, lineMoves, type LineState } from './line.ts';

const COST = { amount: 100n, discount: 4n };

/** A line that goes through these states, and what is left of the float after each. */
function walk(...states: readonly LineState[]) {
  const sums = { funded: 1_000n, reserved: 0n, spent: 0n, due: 0n };
  let charge: Charge | undefined;
  const kinds = states.flatMap((state) => {
    const next = chargeAfter(charge, state);
    const posting = postingOf({ ...COST, charge }, { ...COST, charge: next });
    charge = next;
    if (!posting) return [];
    sums.reserved += posting.reserved;
    sums.spent += posting.spent;
    sums.due += posting.due;
    return [posting.kind];
  });
  return { kinds, ...sums, available: availableOf(sums) };
}

describe('what a line does to the float', () => {
  it.each<[LineState[], string[], Partial<ReturnType<typeof walk>>]>([
    [['queued', 'sending', 'sent', 'succeeded'], ['reserve', 'post'], { spent: 96n, reserved: 0n }],
    [['queued', 'sending', 'failed'], ['reserve', 'void'], { available: 1_000n }],
    [['queued', 'sending', 'queued'], ['reserve', 'void'], { available: 1_000n }],
    [['queued', 'sending', 'unresolved'], ['reserve'], { reserved: 100n, available: 900n }],
    [['queued', 'sending', 'unresolved', 'sending', 'sent'], ['reserve', 'post'], { spent: 96n }],
    [['queued', 'sending', 'sent', 'unresolved'], ['reserve', 'post'], { spent: 96n }],
    [
      ['queued', 'sending', 'sent', 'failed'],
      ['reserve', 'post', 'refund_expected'],
      { spent: 0n, due: 96n, available: 904n },
    ],
    [
      ['queued', 'sending', 'sent', 'failed', 'succeeded'],
      ['reserve', 'post', 'refund_expected', 'refund_withdrawn'],
      { spent: 96n, due: 0n },
    ],
    [
      ['queued', 'sending', 'sent', 'failed', 'queued', 'sending', 'sent'],
      ['reserve', 'post', 'refund_expected', 'reserve', 'post'],
      { spent: 96n, due: 96n, available: 808n },
    ],
    [['queued', 'sending', 'failed', 'succeeded'], ['reserve', 'void', 'late'], { spent: 96n }],
  ])('on its way %j is %j', (states, kinds, left) => {
    expect(walk(...states)).toMatchObject({ kinds, ...left });
  });

  it('never leaves a charge that its state can not have', () => {
    const allowed: Record<LineState, readonly (Charge | undefined)[]> = {
      pending: [undefined],
      queued: [undefined],
      held: [undefined],
      sending: ['reserved', 'charged'],
      sent: ['charged'],
      succeeded: ['charged'],
      failed: [undefined, 'due'],
      unresolved: ['reserved', 'charged'],
      cancelled: [undefined],
    };
    const left = LINE_STATES.flatMap((from) =>
      LINE_STATES.filter((to) => lineMoves.allows(from, to)).flatMap((to) =>
        allowed[from].map((charge) => ({ from, to, charge: chargeAfter(charge, to) })),
      ),
    );
    expect(left.filter(({ to, charge }) => !allowed[to].includes(charge))).toEqual([]);
  });

  it('is an adjustment where a discount is told later', () => {
    const before = { charge: 'charged', amount: 100n, discount: 0n } as const;
    expect(postingOf(before, { ...before, discount: 4n })).toMatchObject({
      kind: 'adjust',
      spent: -4n,
    });
    expect(postingOf(before, before)).toBeUndefined();
  });
});

describe('what a person enters', () => {
  it.each([
    ['top_up', 50n],
    ['withdrawal', -50n],
    ['refund', 50n],
    ['write_off', 0n],
  ] as const)('as %s makes %s more available', (kind, more) => {
    expect(availableOf(enteredSums(kind, 50n))).toBe(more);
  });

  it('is of a kind that lines never post', () => {
    expect(ENTERED_POSTINGS).toHaveLength(4);
    expect(CHARGES).toHaveLength(3);
  });
});
