/** Postgres text can't hold NUL; a body's hash is over the body as it came. */
export function storable(text: string): string;
export function storable(text: string | null | undefined): string | null;
export function storable(text: string | null | undefined): string | null {
  return text?.replaceAll('\0', '\uFFFD') ?? null;
}
