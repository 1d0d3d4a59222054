import {
  dropKeyed,
  endKeyed,
  holdKeyed,
  startKeyed,
  type KeyedRequest,
  type KeyedStart,
} from '@salio/ledger';
import { problem, problemOf, type Problem } from '@salio/operations';
import type { FastifyRequest } from 'fastify';
import { whoOf, type Done, type Work } from './add-operation.ts';
import type { ApiOptions } from './start-api.ts';

interface KeyedAsk {
  readonly key: string;
  readonly request: FastifyRequest;
  readonly options: ApiOptions;
}

/**
 * Does a request with an Idempotency-Key once, as Stripe does: whoever asks the same again is told what was answered, also a
 * refusal; a key of another request is refused; of two at once one is told that it is under way. What was refused before it began,
 * and what failed, may be tried again with the same key. A file is known by its bytes only at its end: until then its key
 * stands for whatever comes, and where it is not read to its end nothing is kept.
 */
export async function once(ask: KeyedAsk, work: Work): Promise<Done> {
  const { key, request, options } = ask;
  const { ledger } = options.desk;
  work.check();
  const keyed: KeyedRequest = {
    person: whoOf(request).person,
    key,
    operation: `${request.method} ${request.url}`.slice(0, 2_000),
    bodyHash: work.bodyHash(),
  };
  const start = await startKeyed(ledger, keyed);
  if (start.kind === 'answered') return tellAgain(start, work);
  if (start.kind === 'mismatch') return refused(problem('idempotency_mismatch'));
  if (start.kind === 'in_progress') return refused(problem('idempotency_in_progress'));
  const holding = setInterval(() => {
    holdKeyed(ledger, keyed).catch((err: unknown) => options.log.warn({ err }, 'api.key_not_held'));
  }, options.limits.holdEveryMs);
  try {
    return await actOnce(options, keyed, work, start.submission);
  } finally {
    clearInterval(holding);
  }
}

/** Only who has the same body learns what was answered. */
async function tellAgain(
  { status, answer, bodyHash }: Extract<KeyedStart, { kind: 'answered' }>,
  work: Work,
): Promise<Done> {
  const hash = await work.drain();
  if (!bodyHash?.equals(hash)) return refused(problem('idempotency_mismatch'));
  return { status, body: answer.toString('utf8'), replayed: true };
}

async function actOnce(
  options: ApiOptions,
  keyed: KeyedRequest,
  work: Work,
  submission: string,
): Promise<Done> {
  const { ledger } = options.desk;
  let done: Done;
  try {
    done = await work.act(submission);
  } catch (error) {
    const told = problemOf(error);
    // Who worked on it before died, and had other rows: theirs is what the key stands for.
    if (told.code === 'idempotency_mismatch') throw error;
    if (told.status >= 500 || isUnread(work, told)) {
      // Whoever tries again finds what became of it: every verb looks at the state that it meets.
      await dropKeyed(ledger, keyed).catch((err: unknown) =>
        options.log.warn({ err }, 'api.key_not_dropped'),
      );
      throw error;
    }
    done = refused(told);
  }
  const bodyHash = work.bodyHash();
  const answer = Buffer.from(done.body);
  await endKeyed(ledger, keyed, { status: done.status, answer, bodyHash }).catch(
    // It is done: that its answer is not kept must not make it look failed.
    (err: unknown) => options.log.warn({ err }, 'api.answer_not_kept'),
  );
  return done;
}

/** A file that is not whole, or no file of rows: nothing was done, and it may be mended. */
function isUnread(work: Work, { status }: Problem): boolean {
  return work.bodyHash() === undefined || (work.isFile && status === 400);
}

function refused(told: Problem): Done {
  return { status: told.status, body: JSON.stringify(told) };
}
