import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publicKeyOf, signDocument } from '@salio/queue';
import { runCli } from '@salio/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'salio-report-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const { privateKey } = generateKeyPairSync('ed25519');
const key = publicKeyOf(privateKey);
const other = publicKeyOf(generateKeyPairSync('ed25519').privateKey);
const document = {
  ledgerId: 'a-ledger',
  at: '2026-11-28T12:00:00.000Z',
  audit: { block: 7, hash: 'abc', sealed: true },
  report: { clientReference: 'january', cost: ['KES 96.0000'], states: { sent: 1 } },
};
const signed = signDocument('report', document, privateKey);

async function verify(content: unknown, ...args: string[]) {
  const file = join(folder, 'report.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  // No setting at all: no database, no queue, no API.
  return runCli(['report', 'verify', file, ...args], {});
}

describe('a signed report', () => {
  it('is the word of the key that signed it, which is found out without a database', async () => {
    const { code, stdout } = await verify(signed, '--key', key);
    expect(code).toBe(0);
    expect(stdout).toContain('Batch january of ledger a-ledger');
    expect(stdout).toContain('KES 96.0000');
    expect(stdout).toContain('sealed under block 7');
    const told = await verify(signed, '--key', key, '--json');
    expect(JSON.parse(told.stdout)).toEqual({ verified: true, ...document });
  });

  it.each([
    ['with another amount', JSON.stringify(signed).replace('96.0000', '95.0000'), 'signature'],
    ['of another kind', { ...signed, kind: 'verdict' }, 'malformed'],
    ['that is no JSON', '{"kind":', 'malformed'],
    ['that is a list', [signed], 'malformed'],
  ])('%s is believed in nothing', async (_name, content, reason) => {
    const { code, stdout } = await verify(content, '--key', key, '--json');
    expect(code).toBe(7);
    expect(JSON.parse(stdout)).toEqual({ verified: false, reason });
  });

  it('is not the word of another key', async () => {
    const { code, stdout } = await verify(signed, '--key', other);
    expect(code).toBe(7);
    expect(stdout).toContain('altered, or another key signed it');
  });

  it('needs a key that is one, and a file that is there', async () => {
    expect((await verify(signed, '--key', 'no key')).code).toBe(2);
    const gone = await runCli(['report', 'verify', join(folder, 'gone.json'), '--key', key], {});
    expect(gone.code).not.toBe(0);
    expect(gone.stderr).toContain('gone.json');
  });
});
