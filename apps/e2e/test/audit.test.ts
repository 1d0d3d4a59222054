import { readPublicKey, verifyDocument } from '@salio/queue';
import { describe, expect, it } from 'vitest';
import { askCli, eventually, runCli } from '@salio/testkit';
import { failure, owner, paysAGoodBatch, system, useScene } from './bad-scene.ts';

useScene();

/** A scheduler seals every few seconds. */
const SEALED = { timeoutMs: 30_000 };

describe('the audit chain', () => {
  it('is sealed while Salio pays, and its head is published in the log', async () => {
    await paysAGoodBatch('sealed', '60');
    const signed = await askCli(['report', 'sealed', '--signed'], system.cli);
    const key = publicKeyOf(signed);
    const reading = verifyDocument('report', signed, readPublicKey(key));
    expect(reading).toMatchObject({
      ok: true,
      document: {
        ledgerPublicKey: key,
        audit: { sealed: true, hash: expect.any(String) },
        report: { clientReference: 'sealed', states: { sent: 3 }, amount: ['KES 33.0000'] },
      },
    });
    const head = String((await askCli(['audit', 'head'], system.cli))['head']);
    const verified = await askCli(['audit', 'verify', '--head', head], system.cli);
    expect(verified).toMatchObject({ verified: true, head: expect.stringMatching(/^\d+-/) });
    expect(verified['factsSealed']).toBeGreaterThan(20);
    const [block, hash] = head.split('-');
    const said = `${system.schedulers[0]?.stdout()}${system.schedulers[0]?.stderr()}`;
    expect(said).toContain(`"block":${block},"hash":"${hash}"`);
  });

  it('fails the command where a fact was changed, and says which', async () => {
    await eventually(async () => (await askCli(['audit', 'head'], system.cli))['head'], SEALED);
    await forgeAnswers('+ 1');
    const { code, stdout } = await runCli(['audit', 'verify', '--json'], system.cli);
    expect(code).toBe(7);
    expect(JSON.parse(stdout)).toMatchObject({
      verified: false,
      problem: { kind: 'changed', table: 'answers', number: '1' },
    });
    const people = await runCli(['audit', 'verify'], system.cli);
    expect(people.stdout).toContain('NOT VERIFIED: fact 1 of answers (attempt_id ');
    await forgeAnswers('- 1');
    const right = await runCli(['audit', 'verify'], system.cli);
    expect(right).toMatchObject({ code: 0, stdout: expect.stringContaining('without --head') });
  });

  it('takes no other text for a head', async () => {
    const told = await failure('audit', 'verify', '--head', '12-abc');
    expect(told).toMatchObject({ code: 2, error: 'USAGE' });
  });
});

function publicKeyOf({ document }: Record<string, unknown>): string {
  if (typeof document !== 'object' || document === null || !('ledgerPublicKey' in document)) {
    throw new Error('the signed report names no key');
  }
  return String(document.ledgerPublicKey);
}

async function forgeAnswers(change: string): Promise<void> {
  await owner.query(`ALTER TABLE answers DISABLE TRIGGER append_only;
    UPDATE answers SET took_ms = took_ms ${change} WHERE fact_no = 1;
    ALTER TABLE answers ENABLE TRIGGER append_only`);
}
