import type { Reply, VerdictReply } from '@salio/queue';
import { ask } from './ask.ts';
import { BatchIncomplete, BatchUnknown, LedgerSilent } from './errors.ts';
import type { LedgerLine } from './line.ts';
import type { Submission } from './submission.ts';
import { concludeVerdict, type BatchVerdict } from './verdict.ts';

export interface VerdictOptions {
  /** Default: the producer's patience. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** See Producer.waitForVerdict. */
export async function waitForVerdict(
  line: LedgerLine,
  of: Submission | string,
  { timeoutMs, signal }: VerdictOptions,
): Promise<BatchVerdict> {
  const known = typeof of === 'string' ? undefined : of;
  const clientReference = typeof of === 'string' ? of : of.clientReference;
  let last: VerdictReply | undefined;
  const conclude = (reply: VerdictReply) =>
    concludeVerdict(reply, clientReference, known?.contentHash);

  const came = known?.verdict && conclude(known.verdict);
  if (came) return came;
  const hear = (reply: Reply): BatchVerdict | undefined => {
    // Another submission's verdict may be a conflict where ours is none.
    if (reply.kind !== 'verdict' || (known && reply.submission !== known.submission)) {
      return undefined;
    }
    last = reply;
    // The ledger had acknowledged every page of ours, and nobody has them any more: waiting can't help.
    if (known && reply.missingPages.length > 0) throw new BatchIncomplete(reply.missingPages);
    return conclude(reply);
  };
  return ask(
    line,
    {
      clientReference,
      question: 'verdict',
      submission: known?.submission,
      after: 0,
      limit: 1,
      signal,
      patienceMs: timeoutMs,
      graceMs: known ? line.settings.verdictGraceMs : 0,
      silent: (cause) => whatWasMissing(last, clientReference, cause),
    },
    hear,
  );
}

function whatWasMissing(
  last: VerdictReply | undefined,
  clientReference: string,
  cause: unknown,
): Error {
  if (last?.verdict === 'incomplete') return new BatchIncomplete(last.missingPages);
  if (last) {
    return new BatchUnknown(`the ledger knows no batch ${clientReference} of this source`);
  }
  return new LedgerSilent(`no verdict came for ${clientReference}; asking again is safe`, {
    cause,
  });
}
