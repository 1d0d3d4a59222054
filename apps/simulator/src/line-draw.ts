import { hash } from 'node:crypto';

/** A line, as far as chance looks at it. */
export interface DrawnLine {
  readonly phone: number;
  readonly currency: string;
  readonly tenThousandths: number;
}

/**
 * 32 random bytes that follow from the arguments alone: from the seed and the line's key and phone (without a key its phone and
 * amount), not from time, nor from what else arrived. `purpose` keeps what is drawn for one thing apart from another.
 */
export function drawForLine(
  purpose: string,
  seed: number,
  key: string | undefined,
  { phone, currency, tenThousandths }: DrawnLine,
): Buffer {
  const line = key === undefined ? ['asked', currency, tenThousandths] : ['key', key];
  return hash('sha256', JSON.stringify([purpose, seed, phone, ...line]), 'buffer');
}
