import { readAnswer, signOf, type AnswerReading, type ProviderAnswer } from '@salio/domain';
import type { SendDeadline } from '@salio/airtime';
import type { OpenAttempt } from '@salio/ledger';
import type { SendDeps } from '../deps.ts';

export interface SliceEnd {
  /** Whether anything of the slice may have reached the provider. */
  readonly reached: boolean;
  /** Set where the account was stopped for what came back. */
  readonly stopped: string | undefined;
}

/**
 * Transmits the attempts of a slice at once and records each answer as it comes. Every attempt ends in exactly one recorded
 * answer, also one that was not sent. Resolves when all of them are committed.
 */
export async function sendSlice(
  deps: SendDeps,
  attempts: readonly OpenAttempt[],
  { sendBy, trial }: { readonly sendBy: SendDeadline; readonly trial: number },
  stop: AbortSignal,
): Promise<SliceEnd> {
  const ends = await Promise.all(
    attempts.map(async (attempt): Promise<SliceEnd> => {
      const startedAt = deps.clock.monotonic();
      const answer = await transmit(deps, attempt, sendBy, stop);
      const reading = readAnswer(attempt.lines, answer, deps.texts);
      const tookMs = deps.clock.monotonic() - startedAt;
      const [recorded, stopped] = await Promise.all([
        deps.recorder.record({ attempt, answer, reading, tookMs }),
        deps.pacer.tell(signOf(answer, reading, deps.texts), trial),
      ]);
      warn(deps, attempt, answer, reading);
      deps.metrics.answered(answer, reading, tookMs);
      return { reached: answer.kind !== 'not_sent', stopped: recorded.stopped ?? stopped };
    }),
  );
  return {
    reached: ends.some((end) => end.reached),
    stopped: ends.find((end) => end.stopped !== undefined)?.stopped,
  };
}

/** Records a slice of which it is only known that nothing of it was sent. */
export async function recordUnsent(
  deps: SendDeps,
  attempts: readonly OpenAttempt[],
  reason: string,
): Promise<void> {
  const answer = { kind: 'not_sent', reason } as const;
  await Promise.all(
    attempts.map((attempt) =>
      deps.recorder.record({
        attempt,
        answer,
        reading: readAnswer(attempt.lines, answer),
        tookMs: 0,
      }),
    ),
  );
}

async function transmit(
  deps: SendDeps,
  attempt: OpenAttempt,
  sendBy: SendDeadline,
  signal: AbortSignal,
): Promise<ProviderAnswer> {
  const { idempotencyKey, body } = attempt;
  try {
    return await deps.provider.send({ idempotencyKey, body, sendBy, signal });
  } catch (error) {
    // An adapter doesn't throw. If one does all the same, nobody knows what left.
    deps.log.error({ err: error, attemptId: attempt.attemptId }, 'send.failed');
    return { kind: 'lost', reason: 'adapter_error' };
  }
}

function warn(
  deps: SendDeps,
  attempt: OpenAttempt,
  answer: ProviderAnswer,
  reading: AnswerReading,
): void {
  const uncertain = reading.lines.filter(
    ({ ending }) => ending.kind === 'unknown' || ending.kind === 'duplicate',
  ).length;
  if (uncertain === 0 && reading.oddities.length === 0) return;
  deps.log.warn(
    {
      attemptId: attempt.attemptId,
      lines: attempt.lines.length,
      uncertain,
      oddities: reading.oddities.map((oddity) => oddity.kind),
      answer: answer.kind === 'response' ? `http_${answer.status}` : answer.reason,
    },
    'answer.uncertain',
  );
}
