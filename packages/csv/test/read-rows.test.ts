import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { InputRow } from '@salio/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardLines, LINE_BYTES_MAX, TOO_LONG } from '../src/line-guard.ts';
import { FileUnreadable } from '../src/file-unreadable.ts';
import { readFileRows } from '../src/read-rows.ts';

const MEGABYTE = 1_048_576;
const HEAD = 'phone,amount,currency,reference,note';
const row = (number: number, amount = '100') =>
  `+25471100000${number},${amount},KES,ref-${number},May`;
const read = (number: number) => ({
  phone: `+25471100000${number}`,
  amount: '100',
  currency: 'KES',
  reference: `ref-${number}`,
  note: 'May',
});
const LONG_LINE = `+254711000009,100,KES,ref-9,${'x'.repeat(10 * MEGABYTE)}`;

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'salio-rows-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(content: string | Buffer): Promise<string> {
  files += 1;
  const path = join(folder, `${files}.csv`);
  await writeFile(path, content);
  return path;
}

async function rowsOf(content: string | Buffer, currency?: string): Promise<InputRow[]> {
  const form = currency === undefined ? {} : { currency };
  return (await Array.fromAsync(readFileRows(await fileOf(content), form))).flat();
}

/** What was yielded before it threw, and what it threw. */
async function failure(path: string): Promise<{ rows: InputRow[]; error: unknown }> {
  const rows: InputRow[] = [];
  try {
    for await (const found of readFileRows(path)) rows.push(...found);
  } catch (error) {
    return { rows, error };
  }
  throw new Error(`it read ${rows.length} rows without complaint`);
}

describe('the header', () => {
  it.each([
    ['no line at all', '', undefined, /empty/],
    ['empty lines only', '\n\r\n\n', undefined, /empty/],
    ['a byte order mark only', '\uFEFF', undefined, /empty/],
    ['rows but no header', `${row(1)}\n${row(2)}\n`, undefined, /unknown column "\+254711000001"/],
    [
      'a column that nobody knows',
      'phone,amount,currency,iban\n',
      undefined,
      /unknown column "iban"/,
    ],
    ['a column without a name', 'phone,amount,currency,\n', undefined, /unknown column ""/],
    [
      'a column twice',
      'phone,amount,currency,amount\n',
      undefined,
      /column amount stands there twice/,
    ],
    [
      'a column twice in other letters',
      'phone,amount,currency, Phone\n',
      undefined,
      /column phone .* twice/,
    ],
    ['no phone', 'amount,currency\n', undefined, /column phone is missing/],
    ['no amount', 'phone\n', 'KES', /column amount is missing$/],
    [
      'no currency, and none was given',
      'phone,amount\n',
      undefined,
      /currency is missing \(or give --currency\)/,
    ],
    [
      'a line that is too long',
      `${'x'.repeat(LINE_BYTES_MAX)}\n${row(1)}\n`,
      undefined,
      /unknown column/,
    ],
    ['bars', `phone|amount|currency\n`, undefined, /unknown column "phone\|amount\|currency"/],
  ])('of %s makes the file unreadable', async (_, content, currency, message) => {
    const rows = rowsOf(content, currency);
    await expect(rows).rejects.toThrow(FileUnreadable);
    await expect(rows).rejects.toThrow(message);
  });

  it('may stand alone: then there are no rows', async () => {
    expect(await rowsOf(`${HEAD}\n`)).toEqual([]);
    expect(await rowsOf(HEAD)).toEqual([]);
  });

  it('may order and write its columns as it likes, and leave out those that may be empty', async () => {
    expect(await rowsOf(' Currency,AMOUNT,"phone"\nKES,100,+254711000001\n')).toEqual([
      { ...read(1), reference: '', note: '' },
    ]);
  });

  it('without a currency takes the given one, and a cell that has one keeps it', async () => {
    const given = { phone: '1', amount: '2', currency: 'KES', reference: '', note: '' };
    expect(await rowsOf('phone,amount\n1,2\n', 'KES')).toEqual([given]);
    expect(await rowsOf('phone,amount,currency\n1,2,\n1,2, \n1,2,UGX\n', 'KES')).toEqual([
      given,
      given,
      { ...given, currency: 'UGX' },
    ]);
  });
});

describe('a file', () => {
  it.each([
    ['a byte order mark', `\uFEFF${HEAD}\n${row(1)}\n${row(2)}\n`],
    ['CRLF', `${HEAD}\r\n${row(1)}\r\n${row(2)}\r\n`],
    ['CRLF and a byte order mark', `\uFEFF${HEAD}\r\n${row(1)}\r\n${row(2)}\r\n`],
    ['CRLF after a header with LF', `${HEAD}\n${row(1)}\r\n${row(2)}\r\n`],
    ['LF after a header with CRLF', `${HEAD}\r\n${row(1)}\n${row(2)}\n`],
    ['no newline at its end', `${HEAD}\n${row(1)}\n${row(2)}`],
    ['no newline at its end after CRLF', `${HEAD}\r\n${row(1)}\r\n${row(2)}`],
    ['empty lines between rows', `${HEAD}\n\n${row(1)}\n\n\n${row(2)}\n\n`],
    [
      'quotes around every cell',
      `${HEAD}\n${[row(1), row(2)].map((line) => `"${line.replaceAll(',', '","')}"`).join('\n')}\n`,
    ],
  ])('with %s has the same rows', async (_, content) => {
    expect(await rowsOf(content)).toEqual([read(1), read(2)]);
  });

  it('keeps commas and doubled quotes inside quotes, and the row after them', async () => {
    const content = `${HEAD}\n+254711000001,"1,000",KES,ref-1,"say ""hi"", please"\n${row(2)}\n`;
    expect(await rowsOf(content)).toEqual([
      { ...read(1), amount: '1000', note: 'say "hi", please' },
      read(2),
    ]);
  });

  it('keeps letters of every alphabet, also where they are cut by the reads of the disk', async () => {
    const note = '€ä😀'.repeat(40);
    const many = Array.from({ length: 2_000 }, () => `+254711000001,100,KES,ref-1,${note}`);
    const rows = await rowsOf([HEAD, ...many].join('\n'));
    expect(rows).toHaveLength(2_000);
    expect(new Set(rows.map((found) => found.note))).toEqual(new Set([note]));
  });

  it('that is missing, or a folder, is unreadable', async () => {
    for (const path of [join(folder, 'nowhere.csv'), folder]) {
      const { rows, error } = await failure(path);
      expect(error).toBeInstanceOf(FileUnreadable);
      expect(String(error)).toContain("can't be read");
      expect(rows).toEqual([]);
    }
  });

  it('may be left in the middle', async () => {
    const path = await fileOf([HEAD, ...Array.from({ length: 50_000 }, () => row(1))].join('\n'));
    for await (const found of readFileRows(path)) {
      expect(found[0]).toEqual(read(1));
      break;
    }
    const rows = readFileRows(path);
    await rows.next();
    await rows.return(undefined);
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });
});

describe('a row that does not fit the header', () => {
  it.each([
    ['an unquoted 1,000', row(1, '1,000')],
    ['one cell too few', '+254711000001,100,KES,ref-1'],
    ['one comma too many', `${row(1)},`],
    ['spaces only', '   '],
  ])('(%s) is malformed, and its neighbours are intact', async (_, bad) => {
    const [before, found, after, ...more] = await rowsOf(`${HEAD}\n${row(2)}\n${bad}\n${row(3)}\n`);
    expect(before).toEqual(read(2));
    expect(found).toMatchObject({ fault: 'row_malformed' });
    expect(after).toEqual(read(3));
    expect(more).toEqual([]);
  });
});

describe('a quote that is not closed', () => {
  const open = `"+254711000008,100,KES,ref-8,May`;
  it.each([
    ['at the end of the file', `${HEAD}\n${row(1)}\n${row(2)}\n${open}\n${row(3)}\n`],
    ['in the last row', `${HEAD}\n${row(1)}\n${row(2)}\n${open}`],
    [
      'until the next quote',
      `${HEAD}\n${row(1)}\n${row(2)}\n${open}\n"+254711000003",100,KES,ref-3,\n${row(4)}\n`,
    ],
    [
      'until the next quote, with CRLF',
      `${HEAD}\r\n${row(1)}\r\n${row(2)}\r\n${open}\r\n"+254711000003",100,KES,ref-3,\r\n`,
    ],
    [
      'for longer than a row may be',
      `${HEAD}\n${row(1)}\n${row(2)}\n${open}\n${`${row(3)}\n`.repeat(20_000)}`,
    ],
    [
      'before a line that is too long',
      `${HEAD}\n${row(1)}\n${row(2)}\n${open}\n${LONG_LINE}\n"${row(3)}\n`,
    ],
  ])(
    '(%s) ends the reading, names the row, and neither it nor a row after it is read',
    async (_, content) => {
      const { rows, error } = await failure(await fileOf(content));
      expect(error).toBeInstanceOf(FileUnreadable);
      expect(String(error)).toMatch(/after row 2\b|row 3\b/);
      expect(rows).toEqual([read(1), read(2)].slice(0, rows.length));
    },
  );

  it('does not tell what stands in the file', async () => {
    const { error } = await failure(await fileOf(`${HEAD}\n${row(1)}\n${open}\n${row(3)}\n`));
    expect(String(error)).not.toMatch(/\d{6}/);
  });
});

describe('a line of 10 MB', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('is one row that is too long, and the rows around it are intact (%s)', async (_, newline) => {
    const lines = [HEAD, row(1), LONG_LINE, row(2), LONG_LINE, LONG_LINE, row(3), ''];
    const [first, long, second, ...more] = await rowsOf(lines.join(newline));
    expect(first).toEqual(read(1));
    expect(long).toEqual({
      phone: '',
      amount: '',
      currency: '',
      reference: '',
      note: '',
      fault: 'row_too_long',
    });
    expect(second).toEqual(read(2));
    expect(more.map((found) => found.fault ?? found.reference)).toEqual([
      'row_too_long',
      'row_too_long',
      'ref-3',
    ]);
  });

  it('is one row also at the end of a file without newline', async () => {
    const rows = await rowsOf([HEAD, row(1), LONG_LINE].join('\n'));
    expect(rows.map((found) => found.fault)).toEqual([undefined, 'row_too_long']);
  });

  it('is one row also where it is full of quotes and commas', async () => {
    const rows = await rowsOf([HEAD, row(1), '",'.repeat(MEGABYTE), row(2)].join('\n'));
    expect(rows).toEqual([read(1), expect.objectContaining({ fault: 'row_too_long' }), read(2)]);
  });
});

describe('guardLines', () => {
  const guarded = async (text: string, size: number): Promise<string> => {
    const bytes = Buffer.from(text);
    const pieces = function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    };
    const out = await Array.fromAsync(guardLines(Readable.from(pieces())));
    return Buffer.concat(out).toString();
  };
  const exact = 'a'.repeat(LINE_BYTES_MAX - 1);
  const text = `€1\r\n\n${exact}\n${exact}b\nlast\r\n${exact}bb`;
  const expected = `€1\r\n\n${exact}\n${TOO_LONG}\nlast\r\n${TOO_LONG}\n`;

  it.each([1, 2, 3, 4_096, LINE_BYTES_MAX - 1, LINE_BYTES_MAX, LINE_BYTES_MAX + 1, 10_000_000])(
    'lets lines up to the limit through as they are, and no longer one, in pieces of %i bytes',
    async (size) => {
      const out = await guarded(text, size);
      expect(out.length).toBe(expected.length);
      expect(out === expected).toBe(true);
    },
  );

  it('needs no more memory for a line of 500 MB', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void; // safe because the flag makes it a function
    const used = () => {
      collect();
      return process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    };
    const before = used();
    let most = 0;
    const pieces = function* () {
      for (let megabyte = 0; megabyte < 500; megabyte += 1) {
        yield Buffer.alloc(MEGABYTE, 'x');
        if (megabyte % 50 === 49) most = Math.max(most, used() - before);
      }
    };
    const out = await Array.fromAsync(guardLines(Readable.from(pieces())));
    expect(Buffer.concat(out).toString()).toBe(`${TOO_LONG}\n`);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(128 * MEGABYTE);
  });
});
