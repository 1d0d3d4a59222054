/** An amount as a spreadsheet shows it: `1,234.50`. A point is always the decimals' sign. */
const THOUSANDS = /^\d{1,3}(?:[,\u00a0\u202f ]\d{3})+(?:\.\d*)?$/;
const GROUP = /[,\u00a0\u202f ]/g;

/** Takes the signs out that group thousands. Everything else stays as it is, and is judged by the ledger. */
export function withoutThousands(amount: string): string {
  const text = amount.trim();
  return THOUSANDS.test(text) ? text.replaceAll(GROUP, '') : amount;
}

/**
 * A free text that begins so could be carried out as a formula by whoever opens the file. The apostrophe itself is one of them, so
 * that taking it off gives back what was there.
 */
const FORMULA = /^[=+\-@\t\r']/;
const ESCAPED = /^'(?=[=+\-@\t\r'])/;

/** A free text for a CSV file that people open. */
export function escapeFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** A phone or an amount as such: it leaves as it is. */
const NUMBER = /^[+-]?[\d\s().,-]*$/;

/** A phone or an amount for such a file: escaped only where it is none, for in a bad row anything may stand there. */
export function escapeNumber(text: string): string {
  return NUMBER.test(text) ? text : escapeFormula(text);
}

/** What escapeFormula was given. */
export function unescapeFormula(text: string): string {
  return text.replace(ESCAPED, '');
}
