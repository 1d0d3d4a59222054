import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InputRow, Rejection } from '@salio/domain';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { escapeFormula, unescapeFormula } from '../src/cell-text.ts';
import { parseColumns, parseEncoding, type FileForm } from '../src/file-form.ts';
import { FileUnreadable } from '../src/file-unreadable.ts';
import { readFileRows } from '../src/read-rows.ts';
import { writeRejected } from '../src/write-rejected.ts';
import { FormInvalid } from '../src/form-invalid.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'salio-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const nextPath = () => join(folder, `${(files += 1)}.csv`);

async function rowsOf(content: string | Buffer, form: FileForm = {}): Promise<InputRow[]> {
  const path = nextPath();
  await writeFile(path, content);
  return (await Array.fromAsync(readFileRows(path, form))).flat();
}

const ROW = { phone: '0712000001', amount: '100', currency: 'KES', reference: 'a-1', note: 'Zoë' };
const TEXT = 'phone,amount,currency,reference,note\n0712000001,100,KES,a-1,Zoë\n';
const utf16 = (text: string, mark = '\uFEFF') => Buffer.from(mark + text, 'utf16le');

describe('a file', () => {
  it.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('with %s is read as one with commas', async (_, separator) => {
    expect(await rowsOf(TEXT.replaceAll(',', separator))).toEqual([ROW]);
    const quoted = `"phone"${separator}"amount"${separator}"currency"\n"0712000001"${separator}"1,000"${separator}"KES"\n`;
    const row = { ...ROW, amount: '1000', reference: '', note: '' };
    expect(await rowsOf(quoted)).toEqual([row]);
  });

  it.each([
    ['UTF-16 with its mark', utf16(TEXT), {}],
    ['UTF-16, the large end first, with its mark', utf16(TEXT).swap16(), {}],
    ['UTF-16 without a mark', utf16(TEXT, ''), { encoding: 'utf-16le' }],
    ['windows-1252', Buffer.from(TEXT, 'latin1'), { encoding: 'windows-1252' }],
    ['UTF-8 with its mark, whatever else was said', `\uFEFF${TEXT}`, { encoding: 'windows-1252' }],
  ] as const)('in %s is read', async (_, content, form) => {
    expect(await rowsOf(content, form)).toEqual([ROW]);
  });

  it('in UTF-16 may be large: letters are not cut where reads of the disk end', async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => `0712000001,100,KES,r-${index},😀ë`);
    const rows = await rowsOf(utf16(['phone,amount,currency,reference,note', ...many].join('\n')));
    expect(rows).toHaveLength(5_000);
    expect(new Set(rows.map(({ note }) => note))).toEqual(new Set(['😀ë']));
  });

  it.each([
    ['in an older encoding', Buffer.from(TEXT, 'latin1'), {}, /not UTF-8.*windows-1252/],
    ['in UTF-16 without a mark', utf16(TEXT, ''), {}, /not UTF-8.*utf-16le/],
    ['that ends inside a letter', utf16(TEXT).subarray(0, -1), {}, /not text in utf-16le/],
  ])('%s is refused, and says what to do', async (_, content, form, message) => {
    const rows = rowsOf(content, form);
    await expect(rows).rejects.toThrow(FileUnreadable);
    await expect(rows).rejects.toThrow(message);
  });
});

describe('columns of other names', () => {
  const FILE = 'Staff no,Mobile,"Net pay, KES",Dept\n17,0712000001,"1,250.50",Sales\n';
  const columns = parseColumns('phone=Mobile,amount="Net pay, KES",reference=Staff no');

  it('are mapped, and others passed over', async () => {
    const row = {
      phone: '0712000001',
      amount: '1250.50',
      currency: 'KES',
      reference: '17',
      note: '',
    };
    expect(await rowsOf(FILE, { columns, currency: 'KES' })).toEqual([row]);
  });

  it('may be swapped with ours', async () => {
    const swapped = parseColumns('note=reference');
    const [row] = await rowsOf('phone,amount,reference\n1,2,x\n', {
      columns: swapped,
      currency: 'KES',
    });
    expect(row).toMatchObject({ reference: '', note: 'x' });
  });

  it.each([
    ['that are not there', 'phone=Handset', /no column "Handset", which is to be phone/],
    ['that are used twice', 'phone=Mobile,amount=Mobile', /column mobile stands there twice/],
  ])('%s make the file unreadable', async (_, map, message) => {
    const rows = rowsOf(FILE, { columns: parseColumns(map), currency: 'KES' });
    await expect(rows).rejects.toThrow(message);
  });

  it.each(['', 'phone', 'phone=', 'iban=X', 'phone=A,phone=B', 'phone=A,"amount"=B', 'phone="A'])(
    'are not told by %j',
    (text) => {
      expect(() => parseColumns(text)).toThrow(FormInvalid);
    },
  );

  it('are told with quotes inside quotes', () => {
    expect([...parseColumns(' phone = "a ""b""" , note=c ')]).toEqual([
      ['phone', 'a "b"'],
      ['note', 'c'],
    ]);
  });
});

describe('an amount', () => {
  it.each([
    ['1,000', '1000'],
    ['1,234,567.50', '1234567.50'],
    ['1 000', '1000'],
    ['1\u00a0000', '1000'],
    // What is not thousands is left for the ledger to reject.
    ['1,00', '1,00'],
    ['1000,50', '1000,50'],
    ['1.000,50', '1.000,50'],
    [',100', ',100'],
    ['1,0000', '1,0000'],
  ])('%j is read as %j', async (given, read) => {
    const [row] = await rowsOf(`phone;amount;currency\n1;"${given}";KES\n`);
    expect(row?.amount).toBe(read);
  });
});

describe('an encoding', () => {
  it('has names', () => {
    expect(parseEncoding('Latin1')).toBe('windows-1252');
    expect(parseEncoding('UTF-16LE')).toBe('utf-16le');
    expect(() => parseEncoding('ebcdic')).toThrow(FormInvalid);
  });
});

describe('a free text', () => {
  it('that a spreadsheet would carry out is disarmed, and comes back as it was', () => {
    expect(['=1+1', '+x', '-x', '@x', '\tx', "'=x", 'a=b', ''].map(escapeFormula)).toEqual([
      "'=1+1",
      "'+x",
      "'-x",
      "'@x",
      "'\tx",
      "''=x",
      'a=b',
      '',
    ]);
    const unit = fc.constantFrom("'", '=', '+', '-', '@', '\t', 'a', ' ');
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(unescapeFormula(escapeFormula(text))).toBe(text);
      }),
    );
  });
});

describe('rejected rows', () => {
  const GOOD = '0712000001,100,KES,a-1,fine';
  const BAD = `call me,"1,000",KES,=a-2,"say ""hi"""`;

  async function rejectedOf(content: string, rejections: Rejection[]): Promise<string> {
    const [file, path] = [nextPath(), nextPath()];
    await writeFile(file, content);
    async function* given() {
      yield* rejections;
    }
    expect(await writeRejected(path, readFileRows(file), given())).toBe(rejections.length);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await expect(writeRejected(path, readFileRows(file), given())).rejects.toThrow('EEXIST');
    return path;
  }

  it('come back as a file that is read again, with what was wrong', async () => {
    const head = 'phone,amount,currency,reference,note';
    const path = await rejectedOf([head, GOOD, BAD, GOOD, ''].join('\n'), [
      { row: 2, reason: 'phone_invalid', column: 'phone', detail: 'ca•••me' },
    ]);
    expect(await readFile(path, 'utf8')).toBe(
      `${head},rejected_row,rejected_because\n` +
        `call me,1000,KES,'=a-2,"say ""hi""",2,the phone is not a mobile number (phone ca•••me)\n`,
    );
    const rows = (await Array.fromAsync(readFileRows(path))).flat();
    const bad = { phone: 'call me', amount: '1000', currency: 'KES', reference: '=a-2' };
    expect(rows).toEqual([{ ...bad, note: 'say "hi"' }]);
  });

  it('carry out nothing, whatever stood where phone, amount and currency should', async () => {
    const bad = { phone: '=cmd()', amount: '@SUM(1)', currency: '-KES', reference: '', note: '' };
    const head = 'phone,amount,currency';
    const row = Object.values(bad).slice(0, 3).join(',');
    const path = await rejectedOf([head, row, '+254712000001,-5,KES', ''].join('\n'), [
      { row: 1, reason: 'phone_invalid', column: 'phone', detail: '' },
      { row: 2, reason: 'amount_malformed', column: 'amount', detail: '"-5"' },
    ]);
    const lines = (await readFile(path, 'utf8')).split('\n');
    expect(lines[1]).toMatch(/^'=cmd\(\),'@SUM\(1\),'-KES,,,1,/);
    expect(lines[2]).toMatch(/^\+254712000001,-5,KES,,,2,/);
    expect((await Array.fromAsync(readFileRows(path))).flat()[0]).toEqual(bad);
  });
});
