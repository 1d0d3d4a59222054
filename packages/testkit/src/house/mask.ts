/** A source text in three readings, each with every character at its old place. */
export interface Masked {
  /** Comments are blanks. */
  readonly uncommented: string;
  /** Comments, and what stands inside strings, templates and regular expressions, are blanks. */
  readonly code: string;
  /** Everything but comments is blanks. */
  readonly comments: string;
}

/**
 * Tells code from comments and strings, so that a rule does not trip over a sentence that speaks of what it forbids.
 * A scanner and no parser: what it can't tell (a division that looks like a regular expression) it takes for code.
 */
export function mask(text: string): Masked {
  let uncommented = '';
  let code = '';
  let comments = '';
  let index = 0;
  /** For each template that we are inside of: how many braces its current `${` has open. */
  const templates: number[] = [];
  while (index < text.length) {
    const token = nextToken(text, index, code, templates);
    const piece = text.slice(index, token.end);
    uncommented += token.kind === 'comment' ? blank(piece) : piece;
    code += token.kind === 'code' ? piece : blank(piece);
    comments += token.kind === 'comment' ? piece : blank(piece);
    index = token.end;
  }
  return { uncommented, code, comments };
}

interface Token {
  readonly kind: 'code' | 'comment' | 'text';
  readonly end: number;
}

function nextToken(text: string, index: number, before: string, templates: number[]): Token {
  const rest = text.slice(index, index + 2);
  if (rest === '//') return { kind: 'comment', end: find(text, '\n', index) };
  if (rest === '/*') return { kind: 'comment', end: after(text, '*/', index + 2) };
  const character = text.charAt(index);
  switch (character) {
    case "'":
    case '"':
      return { kind: 'text', end: endOfQuoted(text, index, character) };
    case '`':
      return inTemplate(text, index + 1, templates);
    case '/':
      return startsRegex(before)
        ? { kind: 'text', end: endOfRegex(text, index) }
        : { kind: 'code', end: index + 1 };
    case '{':
    case '}':
      return atBrace(text, index, templates);
    default:
      return { kind: 'code', end: endOfPlainCode(text, index) };
  }
}

/** Where a character comes next that may begin something. */
function endOfPlainCode(text: string, index: number): number {
  const special = /['"`/{}]/g;
  special.lastIndex = index + 1;
  return special.exec(text)?.index ?? text.length;
}

function atBrace(text: string, index: number, templates: number[]): Token {
  const open = templates.pop();
  if (open === undefined) return { kind: 'code', end: index + 1 };
  if (text.charAt(index) === '{') templates.push(open + 1);
  else if (open > 0) templates.push(open - 1);
  else return inTemplate(text, index + 1, templates); // the end of a `${…}`
  return { kind: 'code', end: index + 1 };
}

/** From inside a template to its end, or to the next `${`, after which code begins again. */
function inTemplate(text: string, start: number, templates: number[]): Token {
  for (let index = start; index < text.length; index += 1) {
    if (text.charAt(index) === '\\') index += 1;
    else if (text.charAt(index) === '`') return { kind: 'text', end: index + 1 };
    else if (text.startsWith('${', index)) {
      templates.push(0);
      return { kind: 'text', end: index + 2 };
    }
  }
  return { kind: 'text', end: text.length };
}

function endOfQuoted(text: string, start: number, quote: string): number {
  for (let index = start + 1; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\') index += 1;
    else if (character === quote || character === '\n') return index + 1;
  }
  return text.length;
}

/** A slash begins a regular expression where no value stands before it that it could divide. */
function startsRegex(before: string): boolean {
  const last = before.slice(-40).trimEnd();
  return last === '' || /[(,=:[!&|?{};>]$|\b(return|case|typeof|in|of|await)$/.test(last);
}

function endOfRegex(text: string, start: number): number {
  let inClass = false;
  for (let index = start + 1; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\') index += 1;
    else if (character === '\n') return start + 1; // no regular expression after all
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return index + 1;
  }
  return start + 1;
}

function find(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found === -1 ? text.length : found;
}

function after(text: string, what: string, from: number): number {
  return Math.min(find(text, what, from) + what.length, text.length);
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}
