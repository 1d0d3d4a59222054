import { expect, it } from 'vitest';
import { readAnswer, writeQuestion } from './question.ts';

const QUESTION = {
  transactionId: 'x',
  key: 'a',
  sourceIpAddress: undefined,
  phone: 254_711_000_001,
  currency: 'KES',
};

it.each([
  [5_000_000, '500.00'],
  [5_005_000, '500.50'],
  [100, '0.01'],
  [5_005_050, '500.505'],
  [5_005_055, '500.5055'],
  [0, '0.00'],
])('writes %i ten-thousandths as %s', (tenThousandths, amount) => {
  const { body } = writeQuestion({ ...QUESTION, tenThousandths }, 'form', 1);
  expect(new URLSearchParams(body).get('amount')).toBe(amount);
});

it('writes JSON with the amount as a bare number or as a text', () => {
  const written = new Set<string>();
  for (let seed = 0; seed < 20; seed += 1) {
    written.add(writeQuestion({ ...QUESTION, tenThousandths: 5_000_000 }, 'json', seed).body);
  }
  const start = '{"transactionId":"x","phoneNumber":"+254711000001","currencyCode":"KES","amount":';
  expect([...written].toSorted()).toEqual([`${start}"500.00"}`, `${start}500.00}`]);
});

it.each([
  [200, '{"status":"Validated"}', 'Validated'],
  [200, '{"status":"Failed"}', 'Failed'],
  [200, '{"status":"Validated","more":1}', 'Validated'],
  [200, '{"status":true}', undefined],
  [200, 'null', undefined],
  [200, '', undefined],
  [500, '{"status":"Validated"}', undefined],
])('reads %i with %s as %s', (status, body, answer) => {
  expect(readAnswer({ status, body })).toBe(answer);
  expect(readAnswer(undefined)).toBeUndefined();
});
