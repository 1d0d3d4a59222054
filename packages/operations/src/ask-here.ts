import { StatementRefused, Unanswerable } from '@salio/ledger';
import { z } from 'zod';
import {
  ApiProblem,
  encodeExportQuery,
  encodeFileQuery,
  encodeGiven,
  type Answer,
  type ExportQuery,
  type FileGiven,
  type Given,
} from './client.ts';
import type { Desk } from './desk.ts';
import type { Export } from './exports/export.ts';
import { performExport } from './exports/perform-export.ts';
import { perform, performUpload, printAnswer, type Operation } from './operation.ts';
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
  const answer = await perform(at, op, asked).catch(rethrow);
  return asTravelled(op, answer);
}

/** Hands a file to an operation in this process, as `askUpload` does over HTTP. Throws as askHere does, and FileUnreadable. */
export async function askUploadHere<Op extends Operation>(
  at: { readonly desk: Desk; readonly who: Who },
  op: Op,
  { query, bytes }: FileGiven<Op>,
): Promise<Answer<Op>> {
  const asked = { query: encodeFileQuery(op, query), bytes };
  return asTravelled(op, await performUpload(at, op, asked).catch(rethrow));
}

/** Gives a file that is made in this process, as `askExport` does over HTTP. Throws as askHere does. */
export async function* askExportHere<Op extends Export>(
  at: { readonly desk: Desk; readonly who: Who },
  op: Op,
  query: ExportQuery<Op>,
): AsyncGenerator<Uint8Array> {
  const asked = encodeExportQuery(op, query);
  const pieces = await performExport(at, op, asked).catch(rethrow);
  for await (const piece of pieces) yield Buffer.from(piece);
}

function asTravelled<Op extends Operation>(op: Op, answer: unknown): Answer<Op> {
  return z.decode(op.answer, JSON.parse(printAnswer(op, answer))) as Answer<Op>; // safe because decode gives that
}

function rethrow(error: unknown): never {
  throw isOfRequest(error) ? new ApiProblem(problemOf(error)) : error;
}

function isOfRequest(error: unknown): boolean {
  return [
    z.ZodError,
    Invalid,
    Forbidden,
    Unavailable,
    Unanswerable,
    StatementRefused,
    RangeError,
  ].some((kind) => error instanceof kind);
}
