/** Whether Postgres refused the data (SQLSTATE classes 22 and 23): the same data would be refused again. */
export function isRefusedData(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^2[23]/.test(code);
}
