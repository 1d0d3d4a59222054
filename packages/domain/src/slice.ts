import type { AskedLine } from './answer.ts';

export interface SliceLimits {
  /** Most lines under one key. */
  readonly recipientsPerRequest: number;
  /** Most attempts opened in one commit: the calls that the worker keeps in flight. */
  readonly attempts: number;
}

/**
 * Groups queued lines into the attempts of one slice, in order.
 *
 * - No phone stands twice in one attempt: answers are matched by phone.
 * - Of equal (phone, currency, amount) only the first is taken: one open attempt at a time; the others wait for a later
 *   slice.
 * - What finds no room is left out and stays queued.
 */
export function planSlice<Line extends AskedLine>(
  lines: readonly Line[],
  limits: SliceLimits,
): Line[][] {
  const taken = new Set<string>();
  const attempts: { lines: Line[]; phones: Set<string> }[] = [];
  for (const line of lines) {
    const slot = `${line.msisdn} ${line.amount.currency} ${line.amount.units}`;
    if (taken.has(slot)) continue;
    let attempt = attempts.find(
      ({ lines: members, phones }) =>
        members.length < limits.recipientsPerRequest && !phones.has(line.msisdn),
    );
    if (!attempt) {
      if (attempts.length >= limits.attempts) continue;
      attempt = { lines: [], phones: new Set() };
      attempts.push(attempt);
    }
    attempt.lines.push(line);
    attempt.phones.add(line.msisdn);
    taken.add(slot);
  }
  return attempts.map(({ lines: members }) => members);
}
