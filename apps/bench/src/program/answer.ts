import type { Row } from './read-rows.ts';

/** What the provider said of one row. Money as it stands on the wire. */
export interface Answer {
  readonly line: number;
  readonly status: string;
  readonly discount: string;
  readonly requestId: string;
  readonly amount: string;
}

interface Body {
  readonly responses: readonly (Omit<Answer, 'line'> & { readonly phoneNumber: string })[];
}

/** Matches the lines of an answer to rows by phone: the provider keeps no order (contract section 1.2). Throws where they don't fit. */
export function readAnswer(text: string, rows: readonly Row[]): Answer[] {
  const { responses } = JSON.parse(text) as Body; // safe because the simulator is ours
  const lines = new Map(rows.map(({ phone, line }) => [phone, line]));
  const answers: Answer[] = [];
  for (const { phoneNumber, status, discount, requestId, amount } of responses) {
    const line = lines.get(phoneNumber);
    if (line !== undefined && status === 'Sent') {
      answers.push({ line, status, discount, requestId, amount });
    }
  }
  if (answers.length !== rows.length) throw new Error(`not all of it was sent: ${text}`);
  return answers;
}
