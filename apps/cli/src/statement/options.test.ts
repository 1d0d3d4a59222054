import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FormInvalid } from '@salio/csv';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../usage-error.ts';
import { queryOfImport, type ImportOptions } from './options.ts';

const folder = mkdtempSync(join(tmpdir(), 'salio-profile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (options: Partial<ImportOptions>) =>
  queryOfImport({
    json: false,
    account: 'africastalking/acme',
    from: '2026-11-01 00:00 Africa/Nairobi',
    to: '2026-12-01T00:00+03:00',
    ...options,
  });

describe('what is said of a statement', () => {
  it('is its account, its period and a profile of its columns', () => {
    const options = {
      map: 'requestId="Transaction ID",amount=Value',
      ignore: ['Network', 'Balance'],
      currency: 'KES',
      country: 'KE',
      status: ['Delivered=success', 'In progress=sent', 'No=FAILED'],
      timeFormat: 'YYYY-MM-DD HH:mm',
      timeZone: 'Africa/Nairobi',
      encoding: 'utf-16le',
    };
    expect(read(options)).toEqual({
      account: 'africastalking/acme',
      from: new Date('2026-10-31T21:00Z'),
      to: new Date('2026-11-30T21:00Z'),
      profile: {
        columns: { requestId: 'Transaction ID', amount: 'Value' },
        ignore: ['Network', 'Balance'],
        currency: 'KES',
        country: 'KE',
        statuses: { Delivered: 'success', 'In progress': 'sent', No: 'failed' },
        time: { format: 'YYYY-MM-DD HH:mm', zone: 'Africa/Nairobi' },
        encoding: 'utf-16le',
      },
    });
    expect(read({})).toMatchObject({ profile: {} });
  });

  it('may stand in a file', () => {
    const path = join(folder, 'profile.json');
    writeFileSync(path, '{"currency":"KES"}');
    expect(read({ profile: path })).toMatchObject({ profile: { currency: 'KES' } });
    expect(() => read({ profile: path, currency: 'KES' })).toThrow('no other option');
    writeFileSync(path, '{"currency":');
    expect(() => read({ profile: path })).toThrow(UsageError);
    expect(() => read({ profile: join(folder, 'none.json') })).toThrow("can't be read as JSON");
  });

  it.each<[string, Partial<ImportOptions>]>([
    ['a status that means nothing', { status: ['Delivered=perhaps'] }],
    ['a status without a meaning', { status: ['Delivered'] }],
    ['a zone without a format', { timeZone: 'Africa/Nairobi' }],
    ['a period that is none', { to: '2026-01-01T00:00Z' }],
    ['a moment without a zone', { from: '2026-01-01 00:00' }],
  ])('is not taken with %s', (_what, options) => {
    expect(() => read(options)).toThrow(UsageError);
  });

  it('is not taken with a mapping or an encoding that is none', () => {
    expect(() => read({ map: 'colour=x' })).toThrow(FormInvalid);
    expect(() => read({ encoding: 'klingon' })).toThrow(FormInvalid);
  });
});
