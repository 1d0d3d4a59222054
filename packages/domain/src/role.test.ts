import { expect, it } from 'vitest';
import { mayDo, PERSON_NAME, ROLES, SYSTEM_ROLES } from './role.ts';

it.each([
  [['operator'], ['operator', 'approver'], true],
  [['auditor'], ['operator', 'approver'], false],
  [[], ['auditor'], false],
  [['admin'], [], false],
] as const)('lets %s do what takes one of %s: %s', (has, wanted, may) => {
  expect(mayDo(has, wanted)).toBe(may);
});

it('never lets a system be a second person', () => {
  expect(SYSTEM_ROLES.every((role) => ROLES.includes(role))).toBe(true);
  expect(mayDo(SYSTEM_ROLES, ['operator', 'approver', 'admin'])).toBe(false);
});

it.each([
  ['amina', true],
  ['brian.o@example.com', true],
  ['Amina', false],
  ['a', false],
  [' amina', false],
  ['a'.repeat(65), false],
  ['-amina', false],
])('takes %j as a name: %s', (name, taken) => {
  expect(PERSON_NAME.test(name)).toBe(taken);
});
