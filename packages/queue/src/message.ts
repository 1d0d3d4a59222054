import type { BatchId, Declaration, InputRow, Terms } from '@salio/domain';
import type { SumTuple } from './sums.ts';
import { fromSumTuples } from './sums.ts';
import { fromRowTuple, type RowTuple } from './row-tuple.ts';

/** Of the protocol between producers and ledger. Another number is another protocol. */
export const PROTOCOL_VERSION = 1;

/** What every message to the ledger says of itself. All of it is signed by the source. */
export interface MessageHead {
  readonly v: typeof PROTOCOL_VERSION;
  readonly ledgerId: string;
  readonly source: string;
  /** Follows from ledger, source and client reference. */
  readonly batchId: BatchId;
  readonly clientReference: string;
  /** Epoch ms after which the ledger refuses it, so that a message can't be kept and played later. */
  readonly expiresAt: number;
  /** Ed25519 by the source's key, base64url. */
  readonly signature: string;
}

/** Rows of a batch. The same page of a submission may be sent many times. */
export interface PageMessage extends MessageHead {
  readonly kind: 'page';
  /** One call of submitBatch (UUID); where its replies go. */
  readonly submission: string;
  /** From 0. */
  readonly page: number;
  readonly rows: readonly RowTuple[];
  /** Of the rows: domain's pageHash. What the signature covers in their place. */
  readonly hash: string;
}

/** Comes after the last page: what the submission should amount to. */
export interface ClosingMessage extends MessageHead {
  readonly kind: 'closing';
  readonly submission: string;
  readonly declaration: DeclarationWire;
  readonly terms: Terms;
}

/** domain's Declaration as it travels. */
export interface DeclarationWire {
  readonly pages: number;
  readonly rows: number;
  readonly contentHash: string;
  readonly controlSums: readonly SumTuple[];
}

export const QUESTIONS = ['verdict', 'progress', 'outcomes', 'rejections'] as const;
export type Question = (typeof QUESTIONS)[number];

/** A question about a batch, whoever submitted it for the source. */
export interface AskMessage extends MessageHead {
  readonly kind: 'ask';
  /** UUID of this question; where its replies go. */
  readonly ask: string;
  readonly question: Question;
  /** For verdicts: whose. A batch has one content but may have had several submissions. */
  readonly submission?: string | undefined;
  /** Outcomes of lines after this seq, rejections of rows after this one; 0 is from the start. */
  readonly after: number;
  /** At most so many items in the reply, 1 to ASK_ITEMS_MAX. */
  readonly limit: number;
}

export type IntakeMessage = PageMessage | ClosingMessage | AskMessage;

/** Items of one reply: a thousand outcomes are some 150 kB, and one index range in the ledger. */
export const ASK_ITEMS_MAX = 1_000;

/** The page's rows as domain reads them. */
export function rowsOf(message: PageMessage): InputRow[] {
  return message.rows.map(fromRowTuple);
}

/** The closing's declaration as domain compares it. */
export function declarationOf({ declaration }: ClosingMessage): Declaration {
  const { pages, rows, contentHash, controlSums } = declaration;
  return { pages, rows, contentHash, controlSums: fromSumTuples(controlSums) };
}

/** Where replies to this message go. */
export function addressOf(message: IntakeMessage): string {
  return message.kind === 'ask' ? message.ask : message.submission;
}
