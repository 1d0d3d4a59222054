import { expect, it } from 'vitest';
import { createLineCount } from './count-lines.ts';

const text = 'a,b\r\n1,"two\r\nlines"\r\n2,"a ""word""\n"\r\n';

it.each([1, 2, 3, 7, 100])(
  'counts lines, and none inside quotes, in pieces of %i bytes',
  (size) => {
    const bytes = Buffer.from(text);
    const count = createLineCount();
    let lines = 0;
    for (let at = 0; at < bytes.length; at += size) lines = count(bytes.subarray(at, at + size));
    expect(lines).toBe(3);
  },
);
