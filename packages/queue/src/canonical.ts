/**
 * The text that is signed. Each part stands behind its length (UTF-16 units), so no two lists of parts read alike. Parts
 * must be well-formed Unicode, or two texts could become the same bytes; the schemas see to that.
 */
export function canonicalText(parts: readonly (string | number | boolean)[]): string {
  let text = `${parts.length}\n`;
  for (const part of parts) {
    const written = String(part);
    text += `${written.length}:${written}\n`;
  }
  return text;
}
