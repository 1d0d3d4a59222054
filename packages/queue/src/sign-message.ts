import {
  batchIdOf,
  pageHash,
  type BatchId,
  type Declaration,
  type InputRow,
  type Terms,
} from '@salio/domain';
import type { Credential } from './credential.ts';
import { signText } from './keys.ts';
import {
  PROTOCOL_VERSION,
  type AskMessage,
  type ClosingMessage,
  type PageMessage,
  type Question,
} from './message.ts';
import { messageText } from './message-text.ts';
import { toRowTuple } from './row-tuple.ts';
import { toSumTuples } from './sums.ts';

/** What a message is about, and until when it may be taken (epoch ms, at most MESSAGE_LIFE_MAX_MS ahead). */
export interface Subject {
  readonly clientReference: string;
  readonly expiresAt: number;
}

export function signPage(
  credential: Credential,
  subject: Subject,
  content: {
    readonly submission: string;
    readonly page: number;
    readonly rows: readonly InputRow[];
    /** Of the rows, where it is known already. */
    readonly hash?: string;
  },
): PageMessage {
  const { submission, page, rows, hash = pageHash(rows) } = content;
  const unsigned = {
    ...headOf(credential, subject),
    kind: 'page',
    submission,
    page,
    rows: rows.map(toRowTuple),
    hash,
  } as const;
  return { ...unsigned, signature: signText(messageText(unsigned), credential.privateKey) };
}

export function signClosing(
  credential: Credential,
  subject: Subject,
  content: {
    readonly submission: string;
    readonly declaration: Declaration;
    readonly terms: Terms;
  },
): ClosingMessage {
  const { submission, terms } = content;
  const { pages, rows, contentHash, controlSums } = content.declaration;
  const declaration = { pages, rows, contentHash, controlSums: toSumTuples(controlSums) };
  const head = headOf(credential, subject);
  const unsigned = { ...head, kind: 'closing', submission, declaration, terms } as const;
  return { ...unsigned, signature: signText(messageText(unsigned), credential.privateKey) };
}

export function signAsk(
  credential: Credential,
  subject: Subject,
  content: {
    readonly ask: string;
    readonly question: Question;
    readonly submission?: string | undefined;
    readonly after: number;
    readonly limit: number;
  },
): AskMessage {
  const { ask, question, submission, after, limit } = content;
  const whose = submission === undefined ? {} : { submission };
  const head = headOf(credential, subject);
  const unsigned = { ...head, kind: 'ask', ask, question, ...whose, after, limit } as const;
  return { ...unsigned, signature: signText(messageText(unsigned), credential.privateKey) };
}

function headOf({ ledgerId, source }: Credential, { clientReference, expiresAt }: Subject) {
  const batchId: BatchId = batchIdOf(ledgerId, source, clientReference);
  return { v: PROTOCOL_VERSION, ledgerId, source, batchId, clientReference, expiresAt } as const;
}
