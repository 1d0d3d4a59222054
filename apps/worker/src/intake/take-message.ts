import {
  checkSubmission,
  closeSubmission,
  readSourceKeys,
  takePage,
  readVerdict,
} from '@salio/ledger';
import {
  addressOf,
  declarationOf,
  parseIntakeMessage,
  pushReplies,
  readPublicKey,
  rowsOf,
  verifyMessage,
  type ClosingMessage,
  type IntakeMessage,
  type PageMessage,
  type RefusalReason,
  type Reply,
} from '@salio/queue';
import type { IntakeDeps } from '../deps.ts';
import { answerAsk } from './answer-ask.ts';
import { verdictReply } from './verdict-reply.ts';

/**
 * Takes one message of a producer: verifies it, brings it to the ledger, and replies what the ledger then knows. Taking it
 * again changes nothing and replies the same. Throws JobInvalid where the job is no message (nobody could be answered), and
 * what the ledger or Redis throw: then the job is tried again.
 */
export async function takeMessage(deps: IntakeDeps, data: unknown): Promise<void> {
  const message = parseIntakeMessage(data);
  const refused = await verify(deps, message);
  const replies = refused ? [refusal(message, refused, '')] : await handle(deps, message);
  const destination = { prefix: deps.prefix, address: addressOf(message) };
  const signer = { ledgerPrivateKey: deps.ledgerKey, now: deps.clock.now() };
  await pushReplies(deps.redis, destination, replies, signer);
  if (refused) deps.log.warn({ ...idsOf(message), reason: refused }, 'message.refused');
}

async function verify(
  deps: IntakeDeps,
  message: IntakeMessage,
): Promise<RefusalReason | undefined> {
  if (message.ledgerId !== deps.ledgerId) return 'other_ledger';
  const keys = await readSourceKeys(deps.ledger, message.source);
  const terms = { ledgerId: deps.ledgerId, now: deps.clock.now() };
  let reason: RefusalReason = 'source_unknown';
  for (const key of keys) {
    const verification = verifyMessage(message, readPublicKey(key), terms);
    if (verification.ok) return undefined;
    reason = verification.reason;
    // Another key can only help where this one did not sign.
    if (reason !== 'signature') break;
  }
  return reason;
}

async function handle(deps: IntakeDeps, message: IntakeMessage): Promise<Reply[]> {
  switch (message.kind) {
    case 'page':
      return handlePage(deps, message);
    case 'closing':
      return handleClosing(deps, message);
    case 'ask':
      return [await answerAsk(deps, message)];
  }
}

async function handlePage(deps: IntakeDeps, message: PageMessage): Promise<Reply[]> {
  const { batchId, submission, page, hash } = message;
  const taken = await takePage(deps.ledger, { ...message, rows: rowsOf(message) }, deps.tariffs);
  deps.log.debug({ ...idsOf(message), page, taken: taken.kind }, 'page.taken');
  switch (taken.kind) {
    case 'differs':
      return [refusal(message, 'page_differs', `the ledger has another page ${page}`)];
    case 'decided': {
      const verdict = await readVerdict(deps.ledger.pool, batchId, submission);
      return verdict ? [verdictReply(verdict, submission, deps.clock.now())] : [];
    }
    case 'taken':
    case 'known': {
      const ack: Reply = { kind: 'ack', batchId, submission, page, hash };
      return taken.declared ? [ack, ...(await check(deps, message))] : [ack];
    }
  }
}

async function handleClosing(deps: IntakeDeps, message: ClosingMessage): Promise<Reply[]> {
  const declaration = declarationOf(message);
  const closed = await closeSubmission(deps.ledger, { ...message, declaration });
  if (closed === 'differs') {
    return [refusal(message, 'page_differs', 'the ledger has another closing of this submission')];
  }
  const { batchId, submission } = message;
  const { contentHash } = declaration;
  return [
    { kind: 'closing_ack', batchId, submission, contentHash },
    ...(await check(deps, message)),
  ];
}

async function check(deps: IntakeDeps, message: PageMessage | ClosingMessage): Promise<Reply[]> {
  const { submission } = message;
  const { chunkLines, policy } = deps;
  const verdict = await checkSubmission(deps.ledger, submission, { chunkLines, policy });
  if (verdict.verdict === 'incomplete' && message.kind === 'page') return [];
  if (verdict.verdict !== 'incomplete') {
    const { lines, rejected, mismatches } = verdict;
    deps.log.info(
      { ...idsOf(message), verdict: verdict.verdict, lines, rejected, mismatches },
      'submission.decided',
    );
  }
  return [verdictReply(verdict, submission, deps.clock.now())];
}

function refusal(message: IntakeMessage, reason: RefusalReason, detail: string): Reply {
  return {
    kind: 'refusal',
    batchId: message.batchId,
    submission: message.kind === 'ask' ? undefined : message.submission,
    page:
      message.kind === 'page' ? message.page : message.kind === 'closing' ? 'closing' : undefined,
    reason,
    detail,
  };
}

function idsOf(message: IntakeMessage): Record<string, string> {
  return { batchId: message.batchId, source: message.source, address: addressOf(message) };
}
