/** Rows did not come as fast as they must: somebody waits for them who can't wait for long. */
export class RowsTooSlow extends Error {
  readonly code = 'ROWS_TOO_SLOW';
  override readonly name = 'RowsTooSlow';
}

/** Waits for `promise`, but not beyond `ms`. Throws RowsTooSlow. */
export async function untilTooSlow<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new RowsTooSlow('the rows came too slowly')), Math.max(0, ms));
  });
  try {
    return await Promise.race([promise, tooSlow]);
  } finally {
    clearTimeout(timer);
  }
}
