import { readAnswer, type AskedLine, type ProviderAnswer } from '@salio/domain';

/**
 * What a send came to.
 *
 * - `accepted`: the provider took it, under an id that this probe did not have before.
 * - `refused`: the documented words for a duplicate, and nothing that says otherwise.
 * - `unexpected`: everything else: no answer, an unreadable one, an id that was told before, another text.
 */
export type Outcome = 'accepted' | 'refused' | 'unexpected';

/** What came back for one send, as evidence: verbatim, and judged. */
export interface Told {
  readonly outcome: Outcome;
  /** Undefined where no whole response came. */
  readonly httpStatus: number | undefined;
  /** The provider's text, or what happened instead of an answer. */
  readonly text: string;
  readonly requestId: string | undefined;
  readonly body: string;
}

/** Judges strictly: a refusal is what the contract documents, to the field. `known`: ids that were told before. */
export function judge(line: AskedLine, answer: ProviderAnswer, known: ReadonlySet<string>): Told {
  if (answer.kind !== 'response') {
    const { kind, reason } = answer;
    const text = `${kind}: ${reason}`;
    return { outcome: 'unexpected', httpStatus: undefined, text, requestId: undefined, body: '' };
  }
  const { status, body, content } = answer;
  const [read] = readAnswer([line], answer).lines;
  const entry = content?.entries[0];
  const requestId = entry && entry.requestId !== 'None' ? entry.requestId : undefined;
  const text = read?.errorText || entry?.errorMessage || content?.errorMessage || 'unreadable';
  const told = { httpStatus: status, text, requestId, body };
  if (read?.ending.kind === 'accepted' && !known.has(read.ending.requestId)) {
    return { ...told, outcome: 'accepted' };
  }
  const documented = content?.numSent === 0 && content.entries.length === 0;
  const refused = read?.ending.kind === 'duplicate' && documented;
  return { ...told, outcome: refused ? 'refused' : 'unexpected' };
}
