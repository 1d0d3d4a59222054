import { expect, it } from 'vitest';
import { describeTrouble } from './describe-trouble.ts';

it.each([
  [new Error("OOM command not allowed when used memory > 'maxmemory'."), 'is full'],
  [new Error('WRONGPASS invalid username-password pair'), 'name and password'],
  [new Error('NOAUTH Authentication required.'), 'name and password'],
  [new Error("NOPERM User app has no permissions to run the 'xadd' command"), 'may not'],
  [new Error("READONLY You can't write against a read only replica."), 'replica'],
  [new Error('LOADING Redis is loading the dataset in memory'), 'not ready'],
  [new Error('MISCONF Redis is configured to save RDB snapshots'), 'disk'],
  [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'reached (ECONNREFUSED)'],
  [new Error('retries', { cause: new Error('OOM command not allowed') }), 'is full'],
  [new Error('Connection is closed.'), 'can not be reached'],
  [new Error('redis://app:secret@host went away'), 'Redis can not be used'],
  ['text', 'Redis can not be used'],
])('says of %s that it %s', (error, meaning) => {
  const said = describeTrouble(error);
  expect(said).toContain(meaning);
  expect(said).not.toContain('secret');
});
