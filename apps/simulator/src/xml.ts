import type { Answer } from './send/answer.ts';

/**
 * An answer to a send as XML. Only `totalAmount`, `totalDiscount`, `amount` and their depth are documented; all other names
 * are the contract's guess (section 1.8).
 */
export function answerXml(answer: Answer): string {
  const { responses, ...top } = answer;
  const lines = responses.map(
    (line) => `      <response>\n${elements({ ...line }, 8)}      </response>\n`,
  );
  return document(
    `  <AirtimeResponse>\n${elements(top, 4)}` +
      `    <responses>\n${lines.join('')}    </responses>\n` +
      '  </AirtimeResponse>\n',
  );
}

/** The wallet's balance as XML (contract section 4.2). */
export function balanceXml(balance: string): string {
  return document(`  <UserData>\n${elements({ balance }, 4)}  </UserData>\n`);
}

function document(content: string): string {
  return `<?xml version="1.0"?>\n<AfricasTalkingResponse>\n${content}</AfricasTalkingResponse>\n`;
}

function elements(values: Readonly<Record<string, string | number>>, indent: number): string {
  return Object.entries(values)
    .map(([name, value]) => `${' '.repeat(indent)}<${name}>${escape(String(value))}</${name}>\n`)
    .join('');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
