import { readFileSync } from 'node:fs';
import { ROLES } from '@salio/domain';
import { exports, PROBLEMS } from '@salio/operations';
import { createMetrics } from '@salio/runtime';
import { expect, it } from 'vitest';
import { createSeries } from './figures.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

it('has every problem with its status and meaning', () => {
  const rows = [...readme.matchAll(/^\| `(\w+)` +\| (\d{3}) +\| (.+?) +\|$/gm)];
  const told = Object.fromEntries(
    rows.map(([, code, status, text]) => [code, [Number(status), text]]),
  );
  expect(told).toEqual(PROBLEMS);
});

it('has every role', () => {
  const rows = [...readme.matchAll(/^\| `(submitter|operator|approver|auditor|admin)` +\|/gm)];
  expect(rows.map(([, role]) => role)).toEqual([...ROLES]);
});

it('has every figure of the API', async () => {
  const metrics = createMetrics({ own: false });
  createSeries(metrics);
  const { text } = await metrics.print();
  const names = [...text.matchAll(/^# TYPE salio_(\w+) /gm)].map(([, name]) => name ?? '');
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});

it('has every export with its filters', () => {
  const rows = [...readme.matchAll(/^\| `(\w+)` +\| [^|]+\| [^|]+\| (.+?) +\|$/gm)];
  const told = rows.map(([, kind, filters = '']) => [
    kind,
    [...filters.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  ]);
  const known = Object.values(exports).map(({ kind, query }) => [kind, Object.keys(query.shape)]);
  expect(Object.fromEntries(told)).toEqual(expect.objectContaining(Object.fromEntries(known)));
});
