import { setFlagsFromString } from 'node:v8';

/**
 * Keeps this process near what it holds; called once it has loaded what it needs. On a machine with much memory V8 would let
 * it grow to several times of that, for a few collections less. It looks at these settings each time it collects: memory for
 * new objects stays as large as loading made it, that for old ones is collected when half as much again was added.
 */
export function boundMemory(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}
