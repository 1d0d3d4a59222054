import { randomUUID } from 'node:crypto';
import { batchIdOf } from '@salio/domain';
import { signAsk, type Question, type Reply } from '@salio/queue';
import { doubling, openConversation } from './conversation.ts';
import { BatchUnknown, LedgerRefused } from './errors.ts';
import type { LedgerLine } from './line.ts';
import { checkReference } from './submission.ts';

export interface Asking {
  readonly clientReference: string;
  readonly question: Question;
  readonly submission?: string | undefined;
  readonly after: number;
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
  /** Default: the producer's. */
  readonly patienceMs?: number | undefined;
  /** Replies that come by themselves to the submission's address count too; the question is put after this time only. */
  readonly graceMs?: number;
  readonly silent?: (cause: unknown) => Error;
}

/** The slowest that a question is put again, in ask timeouts: twice a minute with the default. */
const ASK_SLOWEST = 15;

/**
 * Asks until `hear` makes something of a reply about this batch. Every question has an address of its own, so that an
 * earlier one's reply can't be taken for this one's. Throws SubmissionInvalid, BatchUnknown, LedgerRefused, and what a conversation throws.
 */
export async function ask<Answer>(
  line: LedgerLine,
  asking: Asking,
  hear: (reply: Reply) => Answer | undefined,
): Promise<Answer> {
  const { credential, settings } = line;
  const { clientReference, question, submission, after, limit, graceMs = 0 } = asking;
  checkReference(clientReference);
  const batchId = batchIdOf(credential.ledgerId, credential.source, clientReference);
  const address = randomUUID();
  using talk = openConversation(line, {
    addresses: submission === undefined ? [address] : [address, submission],
    resendAfterMs: doubling(settings.askTimeoutMs, settings.askTimeoutMs * ASK_SLOWEST),
    patienceMs: asking.patienceMs ?? settings.patienceMs,
    signal: asking.signal,
    ...(asking.silent ? { silent: asking.silent } : {}),
  });
  let answer: Answer | undefined;
  const listen = (reply: Reply) => {
    if (reply.batchId !== batchId || answer !== undefined) return;
    if (reply.kind !== 'refusal') answer = hear(reply);
    else if (reply.submission === undefined) {
      if (reply.reason === 'expired' || reply.reason === 'expiry_too_far')
        talk.hasten('ask', reply.reason);
      else throw refusal(reply.reason, reply.detail, clientReference);
    }
  };
  const content = { ask: address, question, submission, after, limit };
  await talk.send(
    'ask',
    (expiresAt) => signAsk(credential, { clientReference, expiresAt }, content),
    graceMs,
  );
  for (;;) {
    await talk.listen(listen);
    if (answer !== undefined) return answer;
  }
}

function refusal(reason: LedgerRefused['reason'], detail: string, clientReference: string): Error {
  if (reason !== 'batch_unknown') return new LedgerRefused(reason, detail);
  return new BatchUnknown(`the ledger knows no batch ${clientReference} of this source`);
}
