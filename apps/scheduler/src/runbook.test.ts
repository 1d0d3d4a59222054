import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALARM_KINDS, ALARMS } from '@salio/domain';
import { expect, it } from 'vitest';
import { schedulerSettings } from './settings.ts';

const runbook = readFileSync(join(import.meta.dirname, '../RUNBOOK.md'), 'utf8');
const [, ...entries] = runbook.split(/^## /m);
const entryOf = (kind: string) => entries.find((entry) => entry.startsWith(`${kind}\n`)) ?? '';

it('has an entry for each kind of alarm, the most urgent first, and for nothing else', () => {
  expect(entries.map((entry) => entry.split('\n')[0])).toEqual([...ALARM_KINDS]);
});

it.each(ALARM_KINDS)(
  'says of %s how urgent it is, what it means, and what to do and never to do',
  (kind) => {
    const entry = entryOf(kind);
    const urgency = ALARMS[kind].severity === 'page' ? 'Page.' : 'Ticket.';
    expect(entry.split('\n')[2]?.startsWith(`${urgency} `)).toBe(true);
    for (const part of [
      '**Means:**',
      '**Does not mean**',
      '- **Look:**',
      '- **Do:**',
      '- **Never**',
    ])
      expect(entry).toContain(part);
  },
);

it('names settings that there are', () => {
  const env = readFileSync(join(import.meta.dirname, '../../../.env.example'), 'utf8');
  const named = [...runbook.matchAll(/`([A-Z]+(?:_[A-Z]+)+)(?:=\d+)?`/g)].map(
    ([, name]) => name ?? '',
  );
  expect(named.filter((name) => !new RegExp(`^#? ?${name}=`, 'm').test(env))).toEqual([]);
  const ours = Object.keys(schedulerSettings).filter((name) => /^(ALARM|WALLET)_/.test(name));
  expect(ours.filter((name) => !new RegExp(`^# ${name}=`, 'm').test(env))).toEqual([]);
});
