/**
 * - `open`: nobody has looked at it. `taken`: its owner looks into it. `explained`: somebody says what it is, and it is not over yet.
 * - `closed`: it is over.
 */
export const DISCREPANCY_STATES = ['open', 'taken', 'explained', 'closed'] as const;
export type DiscrepancyState = (typeof DISCREPANCY_STATES)[number];

/** What people do with a discrepancy. */
export const DISCREPANCY_STEPS = ['taken', 'explained', 'closed', 'reopened'] as const;
export type DiscrepancyStep = (typeof DISCREPANCY_STEPS)[number];

/** Where each step leads, and from which states it may be made. */
const STEPS: Readonly<
  Record<
    DiscrepancyStep,
    { readonly to: DiscrepancyState; readonly from: readonly DiscrepancyState[] }
  >
> = {
  // Also from somebody else, who is away.
  taken: { to: 'taken', from: ['open', 'taken', 'explained'] },
  explained: { to: 'explained', from: ['open', 'taken', 'explained'] },
  closed: { to: 'closed', from: ['open', 'taken', 'explained'] },
  reopened: { to: 'open', from: ['explained', 'closed'] },
};

/** The state of a discrepancy by its last step. */
export function discrepancyStateAfter(step: DiscrepancyStep | undefined): DiscrepancyState {
  return step === undefined ? 'open' : STEPS[step].to;
}

/** Whether the step may follow the last one. */
export function maySetStep(last: DiscrepancyStep | undefined, step: DiscrepancyStep): boolean {
  return STEPS[step].from.includes(discrepancyStateAfter(last));
}

/** Reads a step that the ledger holds. Throws RangeError. */
export function discrepancyStep(text: string): DiscrepancyStep {
  const step = DISCREPANCY_STEPS.find((known) => known === text);
  if (!step) throw new RangeError(`"${text}" is no step of a discrepancy`);
  return step;
}
