import { describe, expect, it } from 'vitest';
import { generateKeys, readPrivateKey, readPublicKey } from './keys.ts';
import { signDocument, verifyDocument } from './signed-document.ts';

const ours = generateKeys();
const key = readPublicKey(ours.publicKey);
const document = { batch: 'payroll', lines: 3, states: { sent: 3 }, texts: [], none: undefined };
const signed = signDocument('report', document, readPrivateKey(ours.privateKey));
const printed = (): Record<string, unknown> => JSON.parse(JSON.stringify(signed));

describe('a signed document', () => {
  it('is proven by the key that signed it, after it was printed and read', () => {
    const { none: _none, ...read } = document;
    expect(verifyDocument('report', printed(), key)).toEqual({ ok: true, document: read });
  });

  it('is proven whatever order its keys are in', () => {
    const turned = Object.fromEntries(Object.entries(document).toReversed());
    expect(verifyDocument('report', { ...printed(), document: turned }, key).ok).toBe(true);
  });

  it('is not proven where anything of it is another', () => {
    const refused = { ok: false, reason: 'signature' };
    const altered = { ...printed(), document: { ...document, lines: 4 } };
    expect(verifyDocument('report', altered, key)).toEqual(refused);
    const theirs = readPublicKey(generateKeys().publicKey);
    expect(verifyDocument('report', printed(), theirs)).toEqual(refused);
    expect(verifyDocument('order', { ...printed(), kind: 'order' }, key)).toEqual(refused);
  });

  it.each([
    ['nothing', null],
    ['another kind', { ...signed, kind: 'order' }],
    ['no signature', { kind: 'report', document: {} }],
    ['a number that was never signed', { ...signed, document: { lines: 1.5 } }],
    ['more than that', { ...signed, more: 1 }],
  ])('is malformed as %s', (_name, value) => {
    expect(verifyDocument('report', value, key)).toEqual({ ok: false, reason: 'malformed' });
  });
});
