import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currency } from './money.ts';
import { msisdn } from './msisdn.ts';
import { planSlice, type SliceLimits } from './slice.ts';

interface Line {
  readonly seq: number;
  readonly msisdn: ReturnType<typeof msisdn>;
  readonly amount: { readonly currency: ReturnType<typeof currency>; readonly units: bigint };
}

function line(seq: number, phone: number, units: number, code = 'KES'): Line {
  return {
    seq,
    msisdn: msisdn(`+25471100000${phone}`),
    amount: { currency: currency(code), units: BigInt(units) },
  };
}

function plan(lines: Line[], limits: SliceLimits): number[][] {
  return planSlice(lines, limits).map((attempt) => attempt.map(({ seq }) => seq));
}

describe('planSlice', () => {
  it('takes one line to an attempt, in order, as many as calls are free', () => {
    const lines = [line(1, 1, 5), line(2, 2, 5), line(3, 3, 5)];
    expect(plan(lines, { recipientsPerRequest: 1, attempts: 2 })).toEqual([[1], [2]]);
  });

  it('fills attempts with several lines', () => {
    const lines = [1, 2, 3, 4, 5].map((seq) => line(seq, seq, 5));
    expect(plan(lines, { recipientsPerRequest: 2, attempts: 5 })).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('puts a phone that comes again into another attempt', () => {
    const lines = [line(1, 1, 5), line(2, 1, 6), line(3, 2, 5)];
    expect(plan(lines, { recipientsPerRequest: 3, attempts: 5 })).toEqual([[1, 3], [2]]);
  });

  it('leaves an equal phone, currency and amount to a later slice', () => {
    const lines = [line(1, 1, 5), line(2, 1, 5), line(3, 1, 5, 'UGX'), line(4, 1, 6)];
    expect(plan(lines, { recipientsPerRequest: 1, attempts: 9 })).toEqual([[1], [3], [4]]);
  });

  it('goes on to lines that fit after one that does not', () => {
    const lines = [line(1, 1, 5), line(2, 1, 6), line(3, 2, 5)];
    expect(plan(lines, { recipientsPerRequest: 2, attempts: 1 })).toEqual([[1, 3]]);
  });

  it('plans nothing of nothing', () => {
    expect(plan([], { recipientsPerRequest: 1, attempts: 1 })).toEqual([]);
  });
});

const anyLines = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom('KES', 'UGX'),
    ),
    {
      maxLength: 40,
    },
  )
  .map((rows) => rows.map(([phone, units, code], index) => line(index + 1, phone, units, code)));
const anyLimits = fc.record<SliceLimits>({
  recipientsPerRequest: fc.integer({ min: 1, max: 5 }),
  attempts: fc.integer({ min: 1, max: 6 }),
});
const slotOf = ({ msisdn: phone, amount }: Line) => `${phone} ${amount.currency} ${amount.units}`;

describe('any slice', () => {
  it('keeps its limits, with no phone twice in an attempt and no equal lines at all', () => {
    fc.assert(
      fc.property(anyLines, anyLimits, (lines, limits) => {
        const attempts = planSlice(lines, limits);
        expect(attempts.length).toBeLessThanOrEqual(limits.attempts);
        for (const attempt of attempts) {
          expect(attempt.length).toBeGreaterThan(0);
          expect(attempt.length).toBeLessThanOrEqual(limits.recipientsPerRequest);
          expect(new Set(attempt.map(({ msisdn: phone }) => phone)).size).toBe(attempt.length);
        }
        const slots = attempts.flat().map(slotOf);
        expect(new Set(slots).size).toBe(slots.length);
      }),
    );
  });

  it('takes lines in order, of equal ones the first, and each at most once', () => {
    fc.assert(
      fc.property(anyLines, anyLimits, (lines, limits) => {
        const attempts = plan(lines, limits);
        const ascending = (seqs: number[]) =>
          seqs.every((seq, index) => index === 0 || seq > (seqs[index - 1] ?? 0));
        expect(attempts.every(ascending)).toBe(true);
        expect(ascending(attempts.map(([first = 0]) => first))).toBe(true);
        for (const seq of attempts.flat()) {
          const taken = lines.find((candidate) => candidate.seq === seq);
          const first = lines.find((candidate) => taken && slotOf(candidate) === slotOf(taken));
          expect(first?.seq).toBe(seq);
        }
      }),
    );
  });

  it('leaves a line out only for want of room or for an equal one', () => {
    fc.assert(
      fc.property(anyLines, anyLimits, (lines, limits) => {
        const attempts = planSlice(lines, limits);
        const taken = attempts.flat();
        for (const left of lines.filter((candidate) => !taken.includes(candidate))) {
          if (taken.some((other) => slotOf(other) === slotOf(left))) continue;
          expect(attempts).toHaveLength(limits.attempts);
          for (const attempt of attempts) {
            const full = attempt.length === limits.recipientsPerRequest;
            expect(full || attempt.some(({ msisdn: phone }) => phone === left.msisdn)).toBe(true);
          }
        }
      }),
    );
  });
});
