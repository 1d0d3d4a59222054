import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

/**
 * Makes the package that others install: compiled for ES modules and CommonJS, with declarations, and with nothing of this workspace
 * among its dependencies. `node pack.ts FOLDER` writes the tarball there and prints its path.
 */
const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
/** What is compiled into it. */
const OWN = ['domain', 'queue', 'producer'] as const;
const NODE = '20.19';

await main(resolve(process.argv[2] ?? '.'));

async function main(folder: string): Promise<void> {
  const made = await mkdtemp(join(tmpdir(), 'salio-pack-'));
  try {
    const dependencies = await readDependencies();
    await Promise.all([compile(made, Object.keys(dependencies)), declare(made)]);
    await writeFile(
      join(made, 'package.json'),
      JSON.stringify(await describe(dependencies), null, 2),
    );
    await cp(join(here, 'README.md'), join(made, 'README.md'));
    await cp(join(here, 'examples'), join(made, 'examples'), { recursive: true });
    await cp(join(root, 'LICENSE'), join(made, 'LICENSE'));
    await mkdir(folder, { recursive: true });
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: made,
    });
    const [packed] = JSON.parse(stdout) as { filename: string }[]; // safe because npm documents it
    process.stdout.write(`${join(folder, packed?.filename ?? '')}\n`);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

interface Description {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

async function readDescription(folder: string): Promise<Description> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Description; // safe because it is ours, or was installed
}

/** Everything that ours depend on and that is not ours, in the versions that are installed, or later ones that promise to fit. */
async function readDependencies(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of OWN) {
    const folder = join(root, 'packages', name);
    const { dependencies } = await readDescription(folder);
    for (const dependency of Object.keys(dependencies)) {
      if (dependency.startsWith('@salio/')) continue;
      const { version } = await readDescription(join(folder, 'node_modules', dependency));
      found[dependency] = `^${version}`;
    }
  }
  return found;
}

async function describe(dependencies: Record<string, string>): Promise<object> {
  const { name, version, license } = await readDescription(here);
  const way = (form: 'esm' | 'cjs') => ({
    types: `./${form}/producer/src/index.d.ts`,
    default: `./${form}/index.js`,
  });
  return {
    name,
    version,
    license,
    description: 'Submits batches of airtime payments to a Salio ledger.',
    type: 'module',
    exports: { '.': { import: way('esm'), require: way('cjs') } },
    main: './cjs/index.js',
    types: './esm/producer/src/index.d.ts',
    engines: { node: `>=${NODE}` },
    dependencies,
  };
}

async function compile(made: string, external: string[]): Promise<void> {
  for (const form of ['esm', 'cjs'] as const) {
    await build({
      entryPoints: [join(here, 'src/index.ts')],
      outfile: join(made, form, 'index.js'),
      bundle: true,
      platform: 'node',
      format: form,
      target: `node${NODE}`,
      external: external.flatMap((name) => [name, `${name}/*`]),
      logLevel: 'warning',
    });
    const type = form === 'esm' ? 'module' : 'commonjs';
    await writeFile(join(made, form, 'package.json'), JSON.stringify({ type }));
  }
}

/** Declarations stand beside each other as the packages do; what they import from another package is found by its place. */
async function declare(made: string): Promise<void> {
  const out = join(made, 'declared');
  const flags = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', out];
  await run(
    join(root, 'node_modules/.bin/tsc'),
    ['-p', join(here, 'tsconfig.pack.json'), '--rootDir', join(root, 'packages'), ...flags],
    { cwd: here },
  );
  const files = (await readdir(out, { recursive: true })).filter((file) => file.endsWith('.d.ts'));
  for (const file of files) {
    const text = placed(await readFile(join(out, file), 'utf8'), file);
    for (const form of ['esm', 'cjs']) {
      const path = join(made, form, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  }
  await rm(out, { recursive: true });
}

function placed(text: string, file: string): string {
  return text
    .replaceAll(
      /(from |import\()(['"])@salio\/(\w+)\2/g,
      (_whole, start: string, quote: string, name: string) => {
        const place = relative(dirname(file), join(name, 'src/index.js'));
        return `${start}${quote}${place.startsWith('.') ? place : `./${place}`}${quote}`;
      },
    )
    .replaceAll(/(from |import\()(['"])(\.[^'"]*)\.ts\2/g, '$1$2$3.js$2');
}
