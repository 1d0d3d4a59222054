import { hash } from 'node:crypto';

/** How a line is told of. */
export interface Style {
  readonly encoding: 'json' | 'form';
  readonly fields: 'full' | 'minimal';
}

/** Where the settings say `mixed`, half of the lines each way, by the seed and the request id, not by time. */
export function styleOf(
  seed: number,
  requestId: string,
  encoding: Style['encoding'] | 'mixed',
  fields: Style['fields'] | 'mixed',
): Style {
  if (encoding !== 'mixed' && fields !== 'mixed') return { encoding, fields };
  const drawn = drawFor(seed, requestId);
  const isEven = (byte: number) => drawn.readUInt8(byte) % 2 === 0;
  return {
    encoding: encoding === 'mixed' ? (isEven(0) ? 'json' : 'form') : encoding,
    fields: fields === 'mixed' ? (isEven(1) ? 'full' : 'minimal') : fields,
  };
}

/** At least 0 and below 1, by the seed and the request id. */
export function jitterOf(seed: number, requestId: string): number {
  return drawFor(seed, requestId).readUInt32BE(4) / 2 ** 32;
}

function drawFor(seed: number, requestId: string): Buffer {
  return hash('sha256', `${seed} ${requestId}`, 'buffer');
}
