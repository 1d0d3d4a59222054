import { describe, expect, it } from 'vitest';
import { certainPointsOf, crashPointsOf } from './crash-points.ts';
import { planRun } from './plan-run.ts';
import { characterOf, VARIANTS } from './variants.ts';

describe.each(VARIANTS)('the plan of %s', (variant) => {
  const plan = planRun({ lines: 20_000, seed: 7, variant });

  it('is the same for the same seed, and another for another', () => {
    expect(planRun({ lines: 20_000, seed: 7, variant })).toEqual(plan);
    expect(planRun({ lines: 20_000, seed: 8, variant })).not.toEqual(plan);
  });

  it('arms every crash point', () => {
    const armed = plan.faults.filter(({ kind }) => kind === 'crash').map(({ target }) => target);
    const points = crashPointsOf(characterOf(variant)).map(({ name }) => name);
    expect(new Set(armed)).toEqual(new Set(points));
  });

  it('holds every line in a batch', () => {
    expect(plan.batches.reduce((sum, { rows }) => sum + rows, 0)).toBe(20_000);
  });
});

it('has some run that must hit each crash point', () => {
  const certain = VARIANTS.flatMap((variant) => certainPointsOf(characterOf(variant)));
  const armed = VARIANTS.flatMap((variant) => crashPointsOf(characterOf(variant)));
  expect(new Set(certain)).toEqual(new Set(armed));
});
