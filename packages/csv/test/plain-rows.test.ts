import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FileUnreadable } from '../src/file-unreadable.ts';
import { readFileRows } from '../src/read-rows.ts';

const HEAD = 'phone,amount,note\n';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'salio-plain-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const signs = fc.constantFrom(
  'a',
  '7',
  ' ',
  'é',
  '😀',
  ',',
  ',',
  '\n',
  '\n',
  '\r\n',
  '\r',
  '\uFEFF',
  '\ud800',
);

it('reads what has no quotes as csv-parse reads it', async () => {
  const texts = fc.string({ unit: signs, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(texts, fc.constantFrom('', '\uFEFF'), async (text, mark) => {
      expect(await found(mark + HEAD + text)).toEqual(expected(mark + HEAD + text));
    }),
    { numRuns: 500 },
  );
});

it('reads what has quotes here and there as csv-parse reads it, as long as they close on their line', async () => {
  const cell = fc.constantFrom('1', 'a b', '"a"', '"a,b"', '"say ""hi"""', 'a"b', '""', '');
  const line = fc.array(cell, { minLength: 2, maxLength: 4 }).map((cells) => cells.join(','));
  const plain = Array.from({ length: 3_000 }, () => '+254711000001,100,plain');
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.nat(), async (lines, place) => {
      // Far enough apart to be read from the disk one after the other.
      const text = HEAD + plain.toSpliced(place % plain.length, 0, ...lines, ...plain).join('\n');
      expect(await found(text)).toEqual(expected(text));
    }),
    { numRuns: 20 },
  );
});

async function found(text: string) {
  const path = join(folder, 'rows.csv');
  await writeFile(path, text);
  try {
    return (await Array.fromAsync(readFileRows(path, { currency: 'KES' }))).flat();
  } catch (error) {
    expect(error).toBeInstanceOf(FileUnreadable);
    return 'unreadable';
  }
}

function expected(text: string) {
  const [, ...records] = parse(Buffer.from(text), {
    bom: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  if (records.flat().some((cell) => /[\r\n]/.test(cell))) return 'unreadable';
  return records.map(([phone = '', amount = '', note = '', ...more], index) => {
    const row = { phone, amount, currency: 'KES', reference: '', note };
    const fits = records[index]?.length === 3 && more.length === 0;
    return fits ? row : { ...row, fault: 'row_malformed' };
  });
}
