import { z } from 'zod';
import { ApiProblem, encodeGiven, type Answer, type Given } from './client.ts';
import type { Desk } from './desk.ts';
import { perform, printAnswer, type Operation } from './operation.ts';
import { Forbidden, Invalid, problemOf, Unavailable } from './problems.ts';
import type { Who } from './who.ts';

/**
 * Asks an operation in this process, as `ask` does over HTTP: what is given and answered goes through the same schemas, so that
 * nothing is there one way and not the other. Throws ApiProblem where the request is wrong, and what the ledger throws.
 */
export async function askHere<Op extends Operation>(
  at: { readonly desk: Desk; readonly who: Who },
  op: Op,
  given: Given<Op>,
): Promise<Answer<Op>> {
  const asked = encodeGiven(op, given);
  const answer = await perform(at, op, asked).catch((error: unknown) => {
    throw isOfRequest(error) ? new ApiProblem(problemOf(error)) : error;
  });
  return z.decode(op.answer, JSON.parse(printAnswer(op, answer))) as Answer<Op>; // safe because decode gives that
}

function isOfRequest(error: unknown): boolean {
  return [z.ZodError, Invalid, Forbidden, Unavailable, RangeError].some(
    (kind) => error instanceof kind,
  );
}
