import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createTokenCheck, TOKEN } from './tokens.ts';

it('knows its tokens, and no others', () => {
  const [one, two] = [randomBytes(24), randomBytes(48)].map((bytes) => bytes.toString('base64url'));
  if (!one || !two) throw new Error('two tokens were made');
  expect([one, two].every((token) => TOKEN.test(token))).toBe(true);
  const fits = createTokenCheck([one, two]);
  expect([one, two].map(fits)).toEqual([true, true]);
  for (const other of ['', one.slice(1), `${one}x`, one.toUpperCase(), `${one}${two}`]) {
    expect([other, fits(other)]).toEqual([other, false]);
  }
});
