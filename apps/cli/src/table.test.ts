import { describe, expect, it } from 'vitest';
import { formatTable } from './table.ts';

describe('a table', () => {
  it('aligns numbers and money to the right, and everything else to the left', () => {
    expect(
      formatTable(
        ['state', 'lines', 'amount', 'request id'],
        [
          ['sent', '7', 'KES 1000.0000', 'ATQid_1'],
          ['failed', '12', 'KES 9.5000', ''],
        ],
      ),
    ).toEqual([
      'state   lines         amount  request id',
      'sent        7  KES 1000.0000  ATQid_1',
      'failed     12     KES 9.5000',
    ]);
  });

  it('is left-aligned where one cell of a column is no number', () => {
    expect(formatTable(['rows'], [['1'], ['ten']])).toEqual(['rows', '1', 'ten']);
  });

  it('cuts nothing, however long', () => {
    const text = 'x'.repeat(500);
    expect(formatTable(['text'], [[text]])).toEqual(['text', text]);
  });

  it('has a head where there are no rows', () => {
    expect(formatTable(['batch', 'lines'], [])).toEqual(['batch  lines']);
  });

  it('shows what a terminal would obey', () => {
    const [, row] = formatTable(['text'], [['\u001b[31mred\nline\u009b']]);
    expect(row).toBe('\\u001b[31mred\\nline\\u009b');
  });

  it('is as wide with colours as without', () => {
    const paint = (cell: string) => `<${cell}>`;
    expect(formatTable(['level', 'n'], [['ok', '1']], paint)).toEqual(['level  n', '<ok>     <1>']);
  });
});
