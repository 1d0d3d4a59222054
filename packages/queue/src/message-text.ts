import { furtherTerms } from '@salio/domain';
import { canonicalText } from './canonical.ts';
import type { AskMessage, ClosingMessage, PageMessage } from './message.ts';

/** A message as it is before it is signed. */
export type UnsignedMessage =
  | Omit<PageMessage, 'signature'>
  | Omit<ClosingMessage, 'signature'>
  | Omit<AskMessage, 'signature'>;

/** The text that a source signs for a message. Every field but the rows stands in it; for the rows stands their hash. */
export function messageText(message: UnsignedMessage): string {
  const { v, kind, ledgerId, source, batchId, clientReference, expiresAt } = message;
  const head = ['salio intake', v, kind, ledgerId, source, batchId, clientReference, expiresAt];
  return canonicalText([...head, ...contentOf(message)]);
}

function contentOf(message: UnsignedMessage): (string | number | boolean)[] {
  switch (message.kind) {
    case 'page':
      return [message.submission, message.page, message.hash];
    case 'closing': {
      const { pages, rows, contentHash, controlSums } = message.declaration;
      const { onRejections, allowDuplicates } = message.terms;
      const terms = [onRejections, allowDuplicates];
      const sums = controlSums.flat();
      // After the sums, whose codes are three capital letters: no name of a term is.
      const further = furtherTerms(message.terms).flat();
      return [message.submission, pages, rows, contentHash, ...terms, ...sums, ...further];
    }
    case 'ask': {
      // No submission is the empty text, which no submission is.
      const { ask, question, submission = '', after, limit } = message;
      return [ask, question, submission, after, limit];
    }
  }
}
