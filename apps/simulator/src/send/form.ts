/** Reads a form body (`application/x-www-form-urlencoded`); undefined where its escapes are broken. A name's last value counts. */
export function readForm(body: string): Map<string, string> | undefined {
  const fields = new Map<string, string>();
  try {
    for (const part of body.split('&')) {
      const split = part.indexOf('=');
      if (split > 0) fields.set(decode(part.slice(0, split)), decode(part.slice(split + 1)));
    }
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
  return fields;
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return spaced.includes('%') ? decodeURIComponent(spaced) : spaced;
}
