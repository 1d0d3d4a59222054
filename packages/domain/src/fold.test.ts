import { describe, expect, it } from 'vitest';
import { fold, stateAfter, type Outcome, type SendEnding } from './fold.ts';
import { LINE_STATES, lineMoves } from './line.ts';

/** Every ending that a send can have for a line; two ids, because two of them are a credit too many. */
const ENDINGS: SendEnding[] = [
  { kind: 'accepted', requestId: 'ATQid_1' },
  { kind: 'accepted', requestId: 'ATQid_2' },
  { kind: 'refused', scope: 'line' },
  { kind: 'refused', scope: 'account' },
  { kind: 'not_sent' },
  { kind: 'duplicate' },
  { kind: 'unknown' },
  { kind: 'unanswered' },
];

function sequencesOf(length: number): SendEnding[][] {
  if (length === 0) return [[]];
  return sequencesOf(length - 1).flatMap((shorter) =>
    ENDINGS.map((ending) => [...shorter, ending]),
  );
}

/** All 8 + 64 + 512 + 4,096 of them. */
const SEQUENCES = [1, 2, 3, 4].flatMap(sequencesOf);

const has = (sequence: SendEnding[], ...kinds: SendEnding['kind'][]) =>
  sequence.some(({ kind }) => kinds.includes(kind));
const only = (sequence: SendEnding[], ...kinds: SendEnding['kind'][]) =>
  sequence.every(({ kind }) => kinds.includes(kind));
const label = (sequence: SendEnding[]) =>
  sequence.map((ending) => JSON.stringify(ending)).join(' ');

/** The sequences for which a claim of the design does not hold. */
function violations(claim: (sequence: SendEnding[], outcome: Outcome) => boolean): string[] {
  return SEQUENCES.filter((sequence) => !claim(sequence, fold(sequence))).map(label);
}

describe('the fold of every sequence of up to four endings', () => {
  it('looks at all of them', () => {
    expect(SEQUENCES).toHaveLength(8 + 64 + 512 + 4_096);
  });

  it('is accepted exactly when any send was accepted', () => {
    expect(violations((all, { kind }) => (kind === 'accepted') === has(all, 'accepted'))).toEqual(
      [],
    );
  });

  it('is else unresolved exactly when any send is unknown, a duplicate or unanswered', () => {
    expect(
      violations((all, { kind }) => {
        const uncertain = has(all, 'unknown', 'duplicate', 'unanswered') && !has(all, 'accepted');
        return (kind === 'unresolved') === uncertain;
      }),
    ).toEqual([]);
  });

  it('is refused exactly when every send is refused or not sent, and one at least refused', () => {
    expect(
      violations((all, { kind }) => {
        const proven = only(all, 'refused', 'not_sent') && has(all, 'refused');
        return (kind === 'refused') === proven;
      }),
    ).toEqual([]);
  });

  it('is not sent exactly when every send was not sent', () => {
    expect(violations((all, { kind }) => (kind === 'not_sent') === only(all, 'not_sent'))).toEqual(
      [],
    );
  });

  it('does not depend on the order', () => {
    const byContent = new Map<string, Set<string>>();
    for (const sequence of SEQUENCES) {
      const content = label(
        sequence.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      );
      const { requestId: _whichId, ...outcome } = { requestId: '', ...fold(sequence) };
      byContent.set(content, (byContent.get(content) ?? new Set()).add(JSON.stringify(outcome)));
    }
    expect([...byContent].filter(([, outcomes]) => outcomes.size > 1)).toEqual([]);
  });

  it('names an id that was given, and says exactly when there are two different ones', () => {
    expect(
      violations((all, outcome) => {
        const ids = all.flatMap((ending) => (ending.kind === 'accepted' ? [ending.requestId] : []));
        if (outcome.kind !== 'accepted') return ids.length === 0;
        return outcome.requestId === ids[0] && outcome.creditedTwice === new Set(ids).size > 1;
      }),
    ).toEqual([]);
  });

  it('is refused for a reason of the line where any refusal was one', () => {
    expect(
      violations((all, outcome) => {
        if (outcome.kind !== 'refused') return true;
        const line = all.some((ending) => ending.kind === 'refused' && ending.scope === 'line');
        return (outcome.scope === 'line') === line;
      }),
    ).toEqual([]);
  });

  it('never turns from uncertain to unpaid by another send', () => {
    const unpaid = new Set<Outcome['kind']>(['refused', 'not_sent']);
    const turned = SEQUENCES.filter((all) => fold(all).kind === 'unresolved').flatMap((all) =>
      ENDINGS.filter((ending) => unpaid.has(fold([...all, ending]).kind)).map((ending) =>
        label([...all, ending]),
      ),
    );
    expect(turned).toEqual([]);
  });

  it('never takes back an acceptance', () => {
    const takenBack = SEQUENCES.filter((all) => fold(all).kind === 'accepted').filter((all) =>
      ENDINGS.some((ending) => fold([...all, ending]).kind !== 'accepted'),
    );
    expect(takenBack.map(label)).toEqual([]);
  });
});

describe('the fold of nothing', () => {
  it('is unresolved', () => {
    expect(fold([])).toEqual({ kind: 'unresolved' });
  });
});

describe('stateAfter', () => {
  const accepted: Outcome = { kind: 'accepted', requestId: 'ATQid_1', creditedTwice: false };
  it.each([
    [accepted, 'sending', 'sent'],
    [accepted, 'unresolved', 'sent'],
    [{ kind: 'unresolved' }, 'sending', 'unresolved'],
    [{ kind: 'refused', scope: 'line' }, 'sending', 'failed'],
    [{ kind: 'refused', scope: 'line' }, 'unresolved', 'failed'],
    [{ kind: 'refused', scope: 'account' }, 'sending', 'queued'],
    [{ kind: 'refused', scope: 'account' }, 'unresolved', 'failed'],
    [{ kind: 'not_sent' }, 'sending', 'queued'],
    [{ kind: 'not_sent' }, 'unresolved', 'failed'],
  ] as const)('takes %j of a line that is %s to %s', (outcome, current, expected) => {
    expect(stateAfter(outcome, current)).toBe(expected);
  });

  it('gives a line that is sending or unresolved only states that it may move to, or the one it has', () => {
    for (const all of SEQUENCES) {
      for (const current of ['sending', 'unresolved'] as const) {
        const next = stateAfter(fold(all), current);
        expect(next === current || lineMoves.allows(current, next)).toBe(true);
      }
    }
  });

  it('leaves a line sending while a later send of its attempt is under way', () => {
    const others = { inFlight: true, replayed: true };
    expect(stateAfter({ kind: 'unresolved' }, 'sending', others)).toBe('sending');
    expect(stateAfter({ kind: 'unresolved' }, 'unresolved', others)).toBe('unresolved');
    expect(stateAfter(accepted, 'sending', others)).toBe('sent');
  });

  it('fails a replayed line that is proven unpaid: it was called unresolved before', () => {
    const others = { inFlight: false, replayed: true };
    expect(stateAfter({ kind: 'not_sent' }, 'sending', others)).toBe('failed');
    expect(stateAfter({ kind: 'refused', scope: 'account' }, 'sending', others)).toBe('failed');
  });

  it('queues no line that a machine may not send again', () => {
    for (const current of LINE_STATES) {
      const queued = SEQUENCES.filter((all) => stateAfter(fold(all), current) === 'queued');
      expect(current === 'unresolved' ? queued : []).toEqual([]);
      expect(queued.every((all) => only(all, 'not_sent', 'refused'))).toBe(true);
    }
  });
});
