import { describe, expect, it } from 'vitest';
import { readContent } from './content.ts';

const ENTRY = {
  phoneNumber: '+254711000001',
  errorMessage: 'None',
  amount: 'KES 100.0000',
  status: 'Sent',
  requestId: 'ATQid_1',
  discount: '0',
};
const ANSWER = {
  errorMessage: 'None',
  numSent: 1,
  totalAmount: '0',
  totalDiscount: '0',
  responses: [ENTRY],
};

function read(body: unknown, status = 201, contentType = 'application/json') {
  return readContent({
    status,
    contentType,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe('readContent', () => {
  it.each([
    [200, 'application/json'],
    [201, 'application/json; charset=utf-8'],
    [201, 'Application/JSON;charset=utf-8'],
  ])('reads the documented JSON of %i %s', (status, contentType) => {
    expect(read(ANSWER, status, contentType)).toEqual({
      errorMessage: 'None',
      numSent: 1,
      totalAmount: '0',
      totalDiscount: '0',
      entries: [{ ...ENTRY, amount: { currency: 'KES', units: 1_000_000n }, discount: undefined }],
    });
  });

  it.each([202, 204, 300, 400, 401, 500])('reads nothing of an answer of %i', (status) => {
    expect(read(ANSWER, status)).toBeUndefined();
  });

  it.each([
    '',
    'text/html',
    'application/xml',
    'application/jsonp',
    'application/json-seq',
    'text/json',
  ])('reads nothing of content type "%s"', (contentType) => {
    expect(read(ANSWER, 201, contentType)).toBeUndefined();
  });

  it.each(['', 'null', '[]', '"text"', '0', '<xml/>', '{', JSON.stringify(ANSWER).slice(0, -1)])(
    'reads nothing of the body %s',
    (body) => {
      expect(read(body)).toBeUndefined();
    },
  );

  it.each(['errorMessage', 'totalAmount', 'totalDiscount', 'responses'])(
    'reads nothing where %s is missing or of another type',
    (field) => {
      expect(read({ ...ANSWER, [field]: undefined })).toBeUndefined();
      expect(read({ ...ANSWER, [field]: null })).toBeUndefined();
      expect(read({ ...ANSWER, [field]: 1 })).toBeUndefined();
    },
  );

  it.each(Object.keys(ENTRY))(
    'reads nothing where %s of one entry is missing or of another type',
    (field) => {
      for (const value of [undefined, null, 1, ['None'], 'a\u0000b']) {
        expect(
          read({ ...ANSWER, responses: [ENTRY, { ...ENTRY, [field]: value }] }),
        ).toBeUndefined();
      }
    },
  );

  it.each([undefined, null, '1', 1.5, true, 2 ** 60])('takes numSent %s for none', (numSent) => {
    expect(read({ ...ANSWER, numSent })).toMatchObject({
      numSent: undefined,
      errorMessage: 'None',
    });
  });

  it.each(['0', '100', 'KES 1e3', 'kes 1.00', 'KES  1', 'KES 1.00000', ''])(
    'takes the amount "%s" for none, and keeps the entry',
    (amount) => {
      expect(read({ ...ANSWER, responses: [{ ...ENTRY, amount }] })?.entries).toMatchObject([
        { phoneNumber: ENTRY.phoneNumber, amount: undefined },
      ]);
    },
  );

  it('keeps texts as they are, and fields that it does not know out', () => {
    const entry = { ...ENTRY, status: ' sent\n', errorMessage: 'É', more: 1 };
    const read1 = read({ ...ANSWER, errorMessage: '', responses: [entry], more: {} });
    expect(read1).toMatchObject({
      errorMessage: '',
      entries: [{ status: ' sent\n', errorMessage: 'É' }],
    });
    expect(JSON.stringify({ ...read1, entries: [] })).not.toContain('more');
  });
});
