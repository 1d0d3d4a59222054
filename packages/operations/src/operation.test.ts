import { expect, it } from 'vitest';
import { z } from 'zod';
import { moment } from './fields.ts';
import { operation, printAnswer } from './operation.ts';
import { problemOf } from './problems.ts';

const op = operation({
  id: 'readClock',
  method: 'GET',
  path: '/v1/clock',
  tag: 'system',
  says: 'The time',
  tells: 'As it is.',
  roles: [],
  answer: z.object({ at: moment }),
  run: () => Promise.resolve({ at: new Date(0) }),
});

it('prints what it answers, and nothing that the API does not describe', () => {
  const answer = { at: new Date(0), secret: 'x' };
  expect(printAnswer(op, answer)).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
});

it('takes an answer that does not fit for a mistake of its own', () => {
  let caught: unknown;
  try {
    printAnswer(op, { at: 'now' });
  } catch (error) {
    caught = error;
  }
  expect(problemOf(caught)).toMatchObject({ status: 500, code: 'internal' });
});
