import { createHash, timingSafeEqual } from 'node:crypto';

/** Of a token, characters. */
export const TOKEN_MAX = 128;
/** base64url of 24 bytes or more: nobody guesses it, and it needs no encoding in a URL. */
export const TOKEN = /^[A-Za-z0-9_-]{32,128}$/;

/** Whether a text is one of the tokens. Takes the same time for every text of a length, right or wrong. */
export function createTokenCheck(tokens: readonly string[]): (text: string) => boolean {
  const known = tokens.map(digest);
  return (text) => {
    const given = digest(text);
    // All of them, whichever fits.
    return known.map((one) => timingSafeEqual(one, given)).includes(true);
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
