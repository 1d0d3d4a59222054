import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currency } from './money.ts';
import { contentHash, mismatches, pageHash, type Declaration } from './page.ts';
import type { InputRow } from './row.ts';
import type { Terms } from './terms.ts';

const ROW: InputRow = {
  phone: '+254711000001',
  amount: '100',
  currency: 'KES',
  reference: 'a',
  note: '',
};
const TERMS: Terms = { onRejections: 'hold', allowDuplicates: false };

describe('pageHash', () => {
  it('is the same for ever', () => {
    expect(pageHash([ROW])).toBe(
      'c436c34902e897939f58e49078b6b8ac8331a3d513cc520823b3adf1f23f8bff',
    );
  });

  it.each([
    [{ reference: '', note: 'a' }],
    [{ phone: '+25471100000', amount: '1100' }],
    [{ reference: '1:a' }],
    [{ reference: 'a0:' }],
    [{ note: ' ' }],
    [{ currency: 'kes' }],
    [{ fault: 'row_malformed' as const }],
  ])('is another for a row with %j', (overrides) => {
    expect(pageHash([{ ...ROW, ...overrides }])).not.toBe(pageHash([ROW]));
  });

  it('tells number, order and repetition of rows apart', () => {
    const other = { ...ROW, reference: 'b' };
    const hashes = [[], [ROW], [ROW, ROW], [ROW, other], [other, ROW]].map(pageHash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('tells any two pages apart', () => {
    const text = fc.string({ unit: fc.constantFrom('1', ':', '2', '\n', 'é', ''), maxLength: 4 });
    const row = fc.record<InputRow>({
      phone: text,
      amount: text,
      currency: text,
      reference: text,
      note: text,
    });
    const page = fc.array(row, { maxLength: 2 });
    fc.assert(
      fc.property(page, page, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(pageHash(one) === pageHash(other)).toBe(same);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('contentHash', () => {
  const pages = [pageHash([ROW]), pageHash([])];

  it('is the same for ever', () => {
    expect(contentHash(TERMS, 1, [pageHash([ROW])])).toBe(
      'bf2aa24e012377a84ff5907a6bc3acff87a6f2b660a4a7cb9c5c02aae2c66f84',
    );
  });

  it.each([
    ['terms on rejections', contentHash({ ...TERMS, onRejections: 'proceed' }, 1, pages)],
    ['terms on duplicates', contentHash({ ...TERMS, allowDuplicates: true }, 1, pages)],
    ['rows', contentHash(TERMS, 2, pages)],
    ['order of pages', contentHash(TERMS, 1, pages.toReversed())],
    ['pages', contentHash(TERMS, 1, pages.slice(1))],
  ])('is another for other %s', (_what, hash) => {
    expect(hash).not.toBe(contentHash(TERMS, 1, pages));
  });
});

describe('mismatches', () => {
  const [kes, ugx] = [currency('KES'), currency('UGX')];
  const declared: Declaration = {
    pages: 2,
    rows: 1_500,
    contentHash: 'abc',
    controlSums: [
      { currency: kes, units: 5n },
      { currency: ugx, units: 7n },
    ],
  };

  it('finds none in what is whole, whatever the order of its sums', () => {
    expect(mismatches(declared, declared)).toEqual([]);
    expect(
      mismatches(declared, { ...declared, controlSums: declared.controlSums.toReversed() }),
    ).toEqual([]);
  });

  it.each([
    [{ pages: 1 }, ['pages']],
    [{ rows: 1_499 }, ['rows']],
    [{ contentHash: 'abd' }, ['content_hash']],
    [{ controlSums: [{ currency: kes, units: 5n }] }, ['control_sums']],
    [
      {
        controlSums: [
          { currency: kes, units: 5n },
          { currency: ugx, units: 8n },
        ],
      },
      ['control_sums'],
    ],
    [
      {
        controlSums: [
          { currency: ugx, units: 5n },
          { currency: kes, units: 7n },
        ],
      },
      ['control_sums'],
    ],
    [{ controlSums: [] }, ['control_sums']],
    [
      { pages: 0, rows: 0, contentHash: '', controlSums: [] },
      ['pages', 'rows', 'content_hash', 'control_sums'],
    ],
  ] as const)('names what differs: %o', (overrides, expected) => {
    expect(mismatches(declared, { ...declared, ...overrides })).toEqual(expected);
  });
});
