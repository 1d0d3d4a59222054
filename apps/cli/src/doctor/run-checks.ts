import { fail, type Check, type Finding, type Level } from './finding.ts';

/** A finding, and of which check it is. */
export interface CheckResult extends Finding {
  readonly check: string;
}

/**
 * Runs all checks at once and gives their findings in the order of the checks. One that takes longer than `timeoutMs`, or
 * throws, has failed: so the whole never takes much longer than that.
 */
export async function runChecks(
  checks: readonly Check[],
  timeoutMs: number,
): Promise<CheckResult[]> {
  return Promise.all(
    checks.map(async (check) => ({ check: check.name, ...(await lookWithin(check, timeoutMs)) })),
  );
}

/** How many findings there are of each level. */
export function summarize(results: readonly CheckResult[]): Record<Level, number> {
  const counts = { ok: 0, warn: 0, fail: 0, skipped: 0 };
  for (const { level } of results) counts[level] += 1;
  return counts;
}

async function lookWithin(check: Check, timeoutMs: number): Promise<Finding> {
  const { promise: overdue, resolve } = Promise.withResolvers<Finding>();
  const late = fail(
    `no answer within ${timeoutMs / 1_000} s`,
    'see that it can be reached from here',
  );
  const timer = setTimeout(() => resolve(late), timeoutMs);
  try {
    return await Promise.race([check.look(), overdue]);
  } catch (error) {
    return fail(reasonOf(error), 'see that it can be reached from here, and with which rights');
  } finally {
    clearTimeout(timer);
  }
}

/** The innermost error says why; one of several addresses has no words of its own. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  if (error.message === '' && error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error.message || error.name;
}
