import { createHash } from 'node:crypto';
import { dropKeyed, endKeyed, holdKeyed, startKeyed, type KeyedRequest } from '@salio/ledger';
import {
  problem,
  problemOf,
  readAsked,
  type Asked,
  type Operation,
  type Problem,
} from '@salio/operations';
import type { FastifyRequest } from 'fastify';
import { whoOf, type Done } from './add-operation.ts';
import type { ApiOptions } from './start-api.ts';

interface KeyedAsk {
  readonly key: string;
  readonly op: Operation;
  readonly request: FastifyRequest;
  readonly asked: Asked;
  readonly options: ApiOptions;
}

/**
 * Does a request with an Idempotency-Key once, as Stripe does: whoever asks the same again is told what was answered, also a
 * refusal; a key of another request is refused; of two at once one is told that it is under way. What was refused before it began,
 * and what failed, may be tried again with the same key.
 */
export async function once(ask: KeyedAsk, act: () => Promise<Done>): Promise<Done> {
  const { key, op, request, asked, options } = ask;
  const { ledger } = options.desk;
  readAsked(op, asked);
  const keyed: KeyedRequest = {
    person: whoOf(request).person,
    key,
    operation: `${request.method} ${request.url}`.slice(0, 2_000),
    bodyHash: createHash('sha256')
      .update(bytesOf(request))
      .update(request.headers['if-match'] ?? '')
      .digest(),
  };
  const start = await startKeyed(ledger, keyed);
  if (start.kind === 'answered') {
    return { status: start.status, body: start.answer.toString('utf8'), replayed: true };
  }
  if (start.kind === 'mismatch') return refused(problem('idempotency_mismatch'));
  if (start.kind === 'in_progress') return refused(problem('idempotency_in_progress'));
  const holding = setInterval(() => {
    holdKeyed(ledger, keyed).catch((err: unknown) => options.log.warn({ err }, 'api.key_not_held'));
  }, options.limits.holdEveryMs);
  try {
    return await actOnce(ask, keyed, act);
  } finally {
    clearInterval(holding);
  }
}

async function actOnce(
  { options }: KeyedAsk,
  keyed: KeyedRequest,
  act: () => Promise<Done>,
): Promise<Done> {
  const { ledger } = options.desk;
  let done: Done;
  try {
    done = await act();
  } catch (error) {
    const told = problemOf(error);
    if (told.status >= 500) {
      // Whoever tries again finds what became of it: every verb looks at the state that it meets.
      await dropKeyed(ledger, keyed).catch((err: unknown) =>
        options.log.warn({ err }, 'api.key_not_dropped'),
      );
      throw error;
    }
    done = refused(told);
  }
  await endKeyed(ledger, keyed, { status: done.status, answer: Buffer.from(done.body) }).catch(
    // It is done: that its answer is not kept must not make it look failed.
    (err: unknown) => options.log.warn({ err }, 'api.answer_not_kept'),
  );
  return done;
}

function refused(told: Problem): Done {
  return { status: told.status, body: JSON.stringify(told) };
}

function bytesOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
