import pRetry from 'p-retry';

export interface RepeatLimits {
  /** Most tries, the first included. */
  readonly tries: number;
  /** Wait before the second try; doubled for each further one, and lengthened by chance up to twice. */
  readonly backoffMs: number;
}

/**
 * Tries until an ending is not one to repeat, or the tries are used up; answers with the last ending.
 *
 * p-retry gets no signal: aborted while a try is under way, it would drop the result of that try.
 */
export async function repeatWhile<Ending>(
  again: (ending: Ending) => boolean,
  limits: RepeatLimits,
  once: () => Promise<Ending>,
): Promise<Ending> {
  let last: { readonly ending: Ending } | undefined;
  const attempt = async () => {
    const ending = await once();
    last = { ending };
    if (again(ending)) throw new AgainError();
    return ending;
  };
  try {
    return await pRetry(attempt, {
      retries: limits.tries - 1,
      minTimeout: limits.backoffMs,
      factor: 2,
      randomize: true,
      shouldRetry: ({ error }) => error instanceof AgainError,
    });
  } catch (error) {
    if (error instanceof AgainError && last) return last.ending;
    throw error;
  }
}

/** Tells p-retry to try again. Never leaves this file. */
class AgainError extends Error {}
