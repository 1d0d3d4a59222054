/** Why somebody did it. Orders may be given without, for the scripts that do; the record then says so. */
export function reasonOf({ reason = '' }: { readonly reason?: string }): string {
  return reason.trim() === '' ? 'no reason was given' : reason;
}
