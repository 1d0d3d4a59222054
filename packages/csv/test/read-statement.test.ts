import { describe, expect, it } from 'vitest';
import type { GivenStatementRow } from '@salio/domain';
import {
  FileUnreadable,
  FormInvalid,
  parseStatementColumns,
  readStatement,
  type StatementForm,
} from '../src/index.ts';

const FORM: StatementForm = {
  columns: new Map([
    ['requestId', 'Transaction ID'],
    ['phone', 'Phone Number'],
    ['amount', 'Value'],
    ['status', 'State'],
  ] as const),
  ignore: ['Network', 'Balance'],
};
const HEADER = 'Transaction ID,Phone Number,Value,State,Network\n';

async function read(
  text: string | Buffer,
  form: Partial<StatementForm> = {},
  step = 1_000,
): Promise<GivenStatementRow[]> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
  }
  const rows: GivenStatementRow[] = [];
  for await (const piece of readStatement(pieces(), { ...FORM, ...form })) rows.push(...piece);
  return rows;
}

const ROW = {
  requestId: 'ATQid_1',
  phone: '+254711000001',
  amount: 'KES 1234.50',
  currency: '',
  discount: '',
  status: 'Success',
  time: '',
};

describe('a statement', () => {
  it.each<[string, string | Buffer, Partial<StatementForm>]>([
    ['as it is', `${HEADER}ATQid_1,+254711000001,"KES 1,234.50",Success,Safaricom\n`, {}],
    [
      'with another order of columns',
      'State,Network,Value,Transaction ID,Phone Number\nSuccess,Safaricom,KES 1234.50,ATQid_1,+254711000001\n',
      {},
    ],
    [
      'with a byte order mark, semicolons and CRLF',
      `\uFEFF${HEADER}ATQid_1,+254711000001,kes 1234.50,Success,x\n`
        .replaceAll(',', ';')
        .replaceAll('\n', '\r\n'),
      {},
    ],
    [
      'in UTF-16',
      Buffer.from(`\uFEFF${HEADER}ATQid_1,+254711000001,KES 1234.50,Success,x\n`, 'utf16le'),
      {},
    ],
    [
      'with spaces, other capitals and apostrophes of a spreadsheet',
      "transaction id, PHONE NUMBER ,value,state,Balance\n ATQid_1 ,'+254711000001,KES 1234.50, Success,'-5\n",
      {},
    ],
    [
      'with our own names',
      'requestid,phone,amount,status\nATQid_1,+254711000001,KES 1234.50,Success\n',
      { columns: new Map(), ignore: [] },
    ],
  ])('is read %s', async (_what, file, form) => {
    for (const step of [7, 100_000]) {
      expect(await read(file, form, step)).toEqual([
        { ...ROW, whole: expect.stringContaining('ATQid_1') },
      ]);
    }
  });

  it.each([
    ['a column that is not known', `${HEADER.trim()},Colour\n`, 'unknown column "Colour"'],
    ['a column that is gone', 'Phone Number,Value,State\n', 'no column "Transaction ID"'],
    ['a column without a name', 'Transaction ID,Phone Number,Value,State,\n', 'unknown column ""'],
    ['a column twice', `${HEADER.trim()},Value\n`, 'column "Value" stands there twice'],
    ['nothing in it', '', 'the file is empty'],
    ['a quote that is not closed', `${HEADER}"ATQid_1,x\n`, 'a quote is not closed'],
    ['bytes that are no text', Buffer.from([...Buffer.from(HEADER), 0xff, 0x0a]), 'not UTF-8'],
  ])('is refused with %s, and it is said which', async (_what, file, message) => {
    await expect(read(file)).rejects.toThrow(FileUnreadable);
    await expect(read(file)).rejects.toThrow(message);
  });

  it('needs a request id, an amount and a status', async () => {
    const form = { columns: new Map(), ignore: [] };
    await expect(read('phone,currency\n', form)).rejects.toThrow(
      'column requestId, amount, status is missing',
    );
  });

  it('takes no column for another that the profile gives to something else', async () => {
    const columns = new Map([
      ['requestId', 'phone'],
      ['amount', 'amount'],
      ['status', 'status'],
    ] as const);
    const [row] = await read('phone,amount,status\nATQid_1,1,Sent\n', { columns, ignore: [] });
    expect(row).toMatchObject({ requestId: 'ATQid_1', phone: '' });
  });

  it('has a fault where a row does not fit its header, and where it is too long', async () => {
    const rows = await read(`${HEADER}ATQid_1,x\n${'x'.repeat(70_000)}\n`);
    expect(rows.map(({ fault }) => fault)).toEqual(['row_malformed', 'row_too_long']);
  });

  it('tells rows apart by all of their cells, also those that nobody reads', async () => {
    const rows = await read(`${HEADER}A,,1,Sent,a\nA,,1,Sent,b\nA,,1,Sent,a\n`);
    const [first, second, third] = rows.map(({ whole }) => whole);
    expect(first).toBe(third);
    expect(first).not.toBe(second);
  });
});

it('reads a mapping of its columns, and refuses one that is none', () => {
  expect([...parseStatementColumns('requestid="Transaction ID", Status=State')]).toEqual([
    ['requestId', 'Transaction ID'],
    ['status', 'State'],
  ]);
  for (const text of ['', 'colour=x', 'status=', 'status=a,status=b'])
    expect(() => parseStatementColumns(text)).toThrow(FormInvalid);
});
