/** How a connection ends over which something may have been sent. */
const LOST =
  /^(ECONNRESET|EPIPE|ETIMEDOUT|UND_ERR_SOCKET|UND_ERR_(HEADERS|BODY)_TIMEOUT|TimeoutError)$/;

/** A request may have arrived, and no answer came back. */
export function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return LOST.test(code) || isLost(error.cause);
}
