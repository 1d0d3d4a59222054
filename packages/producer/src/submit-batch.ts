import { randomUUID } from 'node:crypto';
import { batchIdOf, pageHash, type Declaration, type InputRow } from '@salio/domain';
import {
  signClosing,
  signPage,
  type RefusalReply,
  type Reply,
  type VerdictReply,
} from '@salio/queue';
import { doubling, openConversation, type Conversation } from './conversation.ts';
import { cutPages } from './cut-pages.ts';
import { BatchIncomplete, EmptyBatch, LedgerRefused } from './errors.ts';
import type { LedgerLine } from './line.ts';
import { checkOptions, termsOf, type BatchOptions, type Submission } from './submission.ts';
import { startTally, type Tally } from './tally.ts';
import { concludeVerdict, isFinal } from './verdict.ts';

/** See Producer.submitBatch. */
export async function submitBatch(line: LedgerLine, options: BatchOptions): Promise<Submission> {
  checkOptions(options);
  const { ackTimeoutMs, patienceMs } = line.settings;
  const submission = randomUUID();
  using talk = openConversation(line, {
    addresses: [submission],
    resendAfterMs: doubling(ackTimeoutMs, ackTimeoutMs * RESEND_SLOWEST),
    patienceMs,
    signal: options.signal,
  });
  const upload = startUpload(line, options, submission, talk);
  await sendPages(line, options, upload);
  if (upload.tally.rows === 0) throw new EmptyBatch('there are no rows');
  while (talk.unanswered > 0) await talk.listen(upload.hear);

  const declared = await upload.close();
  while (talk.unanswered > 0) await talk.listen(upload.hear);
  const { credential } = line;
  const { clientReference } = options;
  return {
    clientReference,
    batchId: batchIdOf(credential.ledgerId, credential.source, clientReference),
    submission,
    rows: upload.tally.rows,
    pages: upload.tally.pages,
    contentHash: declared.contentHash,
    sums: declared.controlSums,
    verdict: upload.verdict(),
  };
}

/** The slowest that a page is sent again, in ack timeouts: once a minute with the default. */
const RESEND_SLOWEST = 6;

interface Upload {
  readonly tally: Tally;
  /** True while another page would be one too many. Rows are not even read then. */
  readonly isFull: () => boolean;
  readonly sendPage: (rows: readonly InputRow[]) => Promise<void>;
  readonly hear: (reply: Reply) => void;
  readonly listen: () => Promise<void>;
  /** Sends the closing; returns what was counted. */
  readonly close: () => Promise<Declaration>;
  readonly verdict: () => VerdictReply | undefined;
}

async function sendPages(line: LedgerLine, options: BatchOptions, upload: Upload): Promise<void> {
  const pages = cutPages(options.rows, options.country);
  try {
    for (;;) {
      while (upload.isFull()) await upload.listen();
      const next = await pages.next();
      if (next.done) return;
      await upload.sendPage(next.value);
    }
  } catch (error) {
    // So that a file behind the rows is closed. What goes wrong there is not what went wrong here.
    await pages
      .return(undefined)
      .catch((err: unknown) => line.log.debug({ err }, 'rows.not_closed'));
    throw error;
  }
}

function startUpload(
  line: LedgerLine,
  options: BatchOptions,
  submission: string,
  talk: Conversation,
): Upload {
  const { credential, settings } = line;
  const { clientReference, expect } = options;
  const batchId = batchIdOf(credential.ledgerId, credential.source, clientReference);
  const terms = termsOf(options);
  const tally = startTally();
  /** Of the pages that wait for their acknowledgement. */
  const hashes = new Map<number, string>();
  let counted: Declaration | undefined;
  let verdict: VerdictReply | undefined;

  const report = () => {
    const pagesAcknowledged = tally.pages - hashes.size;
    options.onProgress?.({ rowsRead: tally.rows, pagesSent: tally.pages, pagesAcknowledged });
  };
  const hear = (reply: Reply) => {
    if (reply.batchId !== batchId || !('submission' in reply) || reply.submission !== submission) {
      return;
    }
    switch (reply.kind) {
      case 'ack':
        if (hashes.get(reply.page) !== reply.hash) return;
        hashes.delete(reply.page);
        talk.answered(reply.page);
        return report();
      case 'closing_ack':
        if (reply.contentHash === counted?.contentHash) talk.answered('closing');
        return;
      case 'verdict':
        if (!counted) return stopIfOver(reply, clientReference);
        if (reply.verdict === 'unknown') return;
        if (isFinal(reply.verdict)) verdict = reply;
        talk.answered('closing');
        return;
      case 'refusal':
        hearRefusal(reply, talk, (page) => (page === 'closing' ? !!counted : hashes.has(page)));
    }
  };
  return {
    tally,
    hear,
    verdict: () => verdict,
    // A page that is due is sent again first: rows that come slowly must not keep it waiting.
    isFull: () => talk.unanswered >= settings.window || talk.isDue,
    listen: () => talk.listen(hear),
    async sendPage(rows) {
      const page = tally.pages;
      const hash = pageHash(rows);
      const sign = (expiresAt: number) =>
        signPage(credential, { clientReference, expiresAt }, { submission, page, rows, hash });
      tally.add(rows, hash);
      hashes.set(page, hash);
      await talk.send(page, sign);
      report();
    },
    async close() {
      const found = tally.declare(terms);
      counted = found;
      const { rows = found.rows, sums = found.controlSums } = expect ?? {};
      const declaration = { ...found, rows, controlSums: sums };
      await talk.send('closing', (expiresAt) =>
        signClosing(credential, { clientReference, expiresAt }, { submission, declaration, terms }),
      );
      return found;
    },
  };
}

/** A verdict before the closing: the ledger takes no more pages of this submission. Throws what concludeVerdict throws. */
function stopIfOver(reply: VerdictReply, clientReference: string): void {
  if (reply.state === 'abandoned') throw new BatchIncomplete(reply.missingPages);
  concludeVerdict(reply, clientReference, undefined);
}

/** Throws LedgerRefused, but not for what a new signature mends, nor for what was answered meanwhile. */
function hearRefusal(
  { page, reason, detail }: RefusalReply,
  talk: Conversation,
  waits: (page: number | 'closing') => boolean,
): void {
  if (page !== undefined && !waits(page)) return;
  if (page !== undefined && (reason === 'expired' || reason === 'expiry_too_far')) {
    talk.hasten(page, reason);
    return;
  }
  throw new LedgerRefused(reason, detail);
}
