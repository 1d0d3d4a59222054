import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startSystem, type System } from '@salio/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const run = promisify(execFile);
const PACK = fileURLToPath(new URL('../../../packages/producer/pack.ts', import.meta.url));

/** What a payroll system writes, but for its first line and its rows. */
const PROGRAM = `
const producer = createProducer({
  redisUrl: process.env.REDIS_URL,
  prefix: process.env.QUEUE_PREFIX,
  credential: process.env.SOURCE_CREDENTIAL,
});
async function main(clientReference) {
  const rows = [1, 2, 3].map((n) => ({ phone: '+25471100000' + n, amount: '50', currency: 'KES' }));
  const submission = await producer.submitBatch({ clientReference, rows });
  const { verdict, lines } = await producer.waitForVerdict(submission);
  console.log(JSON.stringify({ verdict, lines }));
  await producer.close();
}
main(process.argv[2]);
`;
const FORMS = {
  'submit.mjs': `import { createProducer } from '@salio/producer';${PROGRAM}`,
  'submit.cjs': `const { createProducer } = require('@salio/producer');${PROGRAM}`,
};
const TYPED = `import { BatchConflict, createProducer, type Submission } from '@salio/producer';
export async function submit(credential: string): Promise<Submission> {
  const producer = createProducer({ redisUrl: 'redis://127.0.0.1', credential });
  try {
    return await producer.submitBatch({ clientReference: 'may', rows: [{ phone: '0712000001', amount: '50', currency: 'KES' }], country: 'KE' });
  } catch (error) {
    if (error instanceof BatchConflict) throw new Error(error.code);
    // @ts-expect-error a batch needs a name
    return producer.submitBatch({ rows: [] });
  }
}
`;

let folder: string;
let installed: string;
let system: System;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'salio-package-'));
  installed = join(folder, 'payroll');
  await mkdir(installed);
  await run(process.execPath, [PACK, folder]);
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? 'none';
  await writeFile(join(installed, 'package.json'), '{ "private": true }');
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
  await run('npm', ['install', ...quiet, join(folder, tarball)], { cwd: installed });
  for (const [name, text] of Object.entries(FORMS)) await writeFile(join(installed, name), text);
  system = await startSystem(inject('services'));
}, 180_000);
afterAll(async () => {
  await system[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The oldest version that is promised, and the one that all of this runs on. */
async function nodeOf(major: '20' | '24'): Promise<string> {
  if (major === '24') return process.execPath;
  const npm = ['exec', '--yes', '--prefer-offline', '--package=node@20', '--'];
  const { stdout } = await run('npm', [...npm, 'node', '-p', 'process.execPath'], { cwd: folder });
  return stdout.trim();
}

describe('the package', () => {
  it('depends on nothing of this workspace, and has nothing but what is used', async () => {
    const own = join(installed, 'node_modules/@salio/producer');
    const described = await readFile(join(own, 'package.json'), 'utf8');
    expect(described).not.toMatch(/workspace:|catalog:|@salio\/(?!producer)/);
    expect(await readdir(join(installed, 'node_modules/@salio'))).toEqual(['producer']);
    const files = await readdir(own);
    const shipped = ['LICENSE', 'README.md', 'cjs', 'esm', 'examples', 'package.json'];
    expect(files.toSorted()).toEqual(shipped);
    const texts = await readdir(own, { recursive: true });
    expect(texts.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))).toEqual([]);
  });

  it.each([
    ['20', 'submit.mjs'],
    ['20', 'submit.cjs'],
    ['24', 'submit.mjs'],
    ['24', 'submit.cjs'],
  ] as const)('submits a batch on Node.js %s, by %s', async (major, program) => {
    const { PATH } = process.env;
    const env = { PATH, ...system.cli };
    const node = await nodeOf(major);
    expect((await run(node, ['-v'])).stdout).toMatch(new RegExp(`^v${major}\\.`));
    const { stdout } = await run(node, [program, `${major}-${program}`], { cwd: installed, env });
    expect(JSON.parse(stdout)).toEqual({ verdict: 'accepted', lines: 3 });
  });

  it.each<[string, string[]]>([
    [
      'submit.mjs',
      ['accepted: 2 lines, 1 rejected, checked', '{"pending":2}', 'row 3 was rejected: phone_'],
    ],
    ['stream.mjs', ['the ledger has 25000 lines, and rejected 0 rows']],
    ['pay-later.mjs', ['the batch is checked, and waits for its day']],
    ['correct.mjs', ['row 2: amount_malformed', 'accepted: 1 line corrects the first batch']],
  ])('has an example that runs: %s', async (name, said) => {
    const example = join(installed, 'node_modules/@salio/producer/examples', name);
    const { SOURCE_CREDENTIAL = '', ...settings } = system.cli;
    const file = join(folder, 'credential.json');
    await writeFile(file, `${SOURCE_CREDENTIAL}\n`, { mode: 0o600 });
    const env = { PATH: process.env['PATH'], ...settings, SOURCE_CREDENTIAL_FILE: file };
    const { stdout } = await run(await nodeOf('20'), [example, `example ${name}`], { env });
    for (const text of said) expect(stdout).toContain(text);
    const examples = await readdir(join(installed, 'node_modules/@salio/producer/examples'));
    expect(examples).toContain(name);
    expect(examples).toHaveLength(4);
  });

  it('says where its credential should be when there is none, without a trace of any', async () => {
    const example = join(installed, 'node_modules/@salio/producer/examples/submit.mjs');
    const env = { PATH: process.env['PATH'], SOURCE_CREDENTIAL_FILE: join(folder, 'none.json') };
    await expect(run(await nodeOf('20'), [example], { env })).rejects.toThrow(
      /CredentialInvalid.*none\.json can't be read/,
    );
  });

  it.each(['submit.mts', 'submit.cts'])('has types for %s', async (name) => {
    await writeFile(join(installed, name), TYPED);
    const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
    const types = fileURLToPath(new URL('../../../node_modules/@types', import.meta.url));
    const flags = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--typeRoots',
      types,
      '--skipLibCheck',
    ];
    const { stdout } = await run(process.execPath, [tsc, ...flags, name], { cwd: installed });
    expect(stdout).toBe('');
  });
});
