/** What may stand between cells. */
const SEPARATORS = [',', ';', '\t'] as const;

/** The separator of a file, by its header: the one that stands there most often outside quotes; a comma where none does. */
export function separatorOf(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, '');
  const counts = SEPARATORS.map((separator) => bare.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))] ?? ',';
}
