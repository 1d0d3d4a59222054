/**
 * Runs a command of the workspace on any machine that has npm and Node.js 20 or newer: `node bootstrap.mjs COMMAND [ARGS]`.
 * Where they aren't there already, npm provides the pinned pnpm and Node.js, without installing anything on the system.
 * Plain JavaScript, because an old Node.js can't read types. Standard output belongs to the command alone.
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants as system } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** Below Node 26, which needs a library that a minimal Debian lacks. */
const PINNED_NODE = '24.21.0';

const check = ['packages/testkit/src/gate.ts'];
const vitest = ['node_modules/vitest/vitest.mjs', 'run'];
const projects = (...names) => names.flatMap((name) => ['--project', name]);
const fast = ['unit', 'integration', 'e2e'];

/** What each command runs, one after the other, as arguments of node; the caller's arguments go to the last one. */
const COMMANDS = {
  bench: [['apps/bench/src/bench.ts']],
  check: [check],
  demo: [['apps/e2e/src/demo.ts']],
  dev: [['apps/e2e/src/dev.ts']],
  openapi: [['apps/ops/src/print-openapi.ts']],
  pack: [['packages/producer/pack.ts']],
  salio: [['apps/cli/src/main.ts']],
  services: [['packages/testkit/src/services.ts']],
  test: [check, [...vitest, ...projects(...fast)]],
  'test:docker': [[...vitest, ...projects('integration', 'docker')]],
  'test:full': [check, [...vitest, ...projects(...fast, 'full')]],
  torture: [['apps/e2e/src/torture.ts']],
};

/** What a command needs in its environment; what the caller set goes first. */
const ENVIRONMENT = { 'test:docker': { LOCAL_SERVICES: 'docker' } };

const root = fileURLToPath(new URL('../..', import.meta.url));
const workspace = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pnpmVersion = workspace.packageManager.replace('pnpm@', '');

main(process.argv[2], process.argv.slice(3)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    process.stderr.write(`salio: ${error.message}\n`);
    process.exitCode = 1;
  },
);

async function main(name, args) {
  const steps = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name] : undefined;
  if (!steps) throw new Error(`say one of: ${Object.keys(COMMANDS).join(', ')}`);
  if (process.platform === 'win32') throw new Error('Windows is not supported; use WSL');
  const { node, path } = findToolchain();
  const env = {
    ...ENVIRONMENT[name],
    ...process.env,
    PATH: path,
    TURBO_TELEMETRY_DISABLED: '1',
  };
  installWhereNeeded(env);
  for (const [index, step] of steps.entries()) {
    const last = index === steps.length - 1;
    const code = await run(node, last ? [...step, ...args] : step, env);
    if (code !== 0) return code;
  }
  return 0;
}

/** The node to run with, and the PATH on which it and the pinned pnpm come first. */
function findToolchain() {
  const nodeFits = fits(process.versions.node, workspace.engines.node);
  const ownPath = [dirname(process.execPath), process.env.PATH].join(delimiter);
  if (nodeFits && versionOf('pnpm', ownPath) === pnpmVersion) {
    return { node: process.execPath, path: ownPath };
  }
  const tools = [`pnpm@${pnpmVersion}`, ...(nodeFits ? [] : [`node@${PINNED_NODE}`])];
  const bin = rememberedFolder(tools) ?? fetchTools(tools);
  const path = [...(nodeFits ? [dirname(process.execPath)] : []), bin, process.env.PATH];
  return {
    node: nodeFits ? process.execPath : join(bin, 'node'),
    path: path.join(delimiter),
  };
}

function fits(version, range) {
  const [major, minor] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = range.replace('>=', '').split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= (wantedMinor ?? 0));
}

function versionOf(tool, path) {
  const { stdout } = spawnSync(tool, ['--version'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
  return stdout?.trim().replace(/^v/, '');
}

/**
 * Asks npm for the tools and for the folder that they are in. The command then runs without npm in between, which would
 * cost a second at each start, swallow signals, and need its arguments quoted for a shell.
 */
function fetchTools(tools) {
  process.stderr.write(`salio: looking for ${tools.join(' and ')}\n`);
  const packages = tools.map((tool) => `--package=${tool}`);
  const npm = spawnSync(
    'npm',
    // Without --prefer-offline a warm start without network takes a minute.
    ['exec', '--yes', '--prefer-offline', ...packages, '-c', 'command -v pnpm'],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (npm.error) throw new Error('npm was not found: install Node.js with npm, then run again');
  const bin = dirname(npm.stdout.trim().split('\n').at(-1) ?? '');
  if (npm.status !== 0 || !holds(bin, 'pnpm')) {
    const reason = npm.stderr.split('\n').filter((line) => line.startsWith('npm error'));
    throw new Error(
      `npm could not fetch ${tools.join(' and ')} (${reason[0] ?? 'no reason given'}); ` +
        `is there a network? Or install Node.js ${workspace.engines.node} and pnpm ${pnpmVersion} yourself`,
    );
  }
  if (tools.length > 1 && versionOf('node', bin) !== PINNED_NODE) {
    throw new Error(
      `there is no Node.js ${PINNED_NODE} from npm that runs on this system: install Node.js ${workspace.engines.node}`,
    );
  }
  remember(tools, bin);
  return bin;
}

function memoryFile() {
  return join(root, 'node_modules', '.salio-toolchain.json');
}

function rememberedFolder(tools) {
  try {
    const memory = JSON.parse(readFileSync(memoryFile(), 'utf8'));
    const usable =
      memory.tools === tools.join() &&
      holds(memory.bin, 'pnpm') &&
      (tools.length === 1 || holds(memory.bin, 'node'));
    return usable ? memory.bin : undefined;
  } catch {
    return undefined; // nothing is remembered yet
  }
}

function remember(tools, bin) {
  mkdirSync(dirname(memoryFile()), { recursive: true });
  writeFileSync(memoryFile(), JSON.stringify({ tools: tools.join(), bin }));
}

function holds(folder, name) {
  try {
    accessSync(join(folder, name), constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not for us
  }
}

function installWhereNeeded(env) {
  const wanted = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');
  try {
    if (readFileSync(join(root, 'node_modules/.pnpm/lock.yaml'), 'utf8') === wanted) return;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const { status, error } = spawnSync(
    'pnpm',
    // Nobody may be there to answer whether an older node_modules may be replaced.
    ['install', '--frozen-lockfile', '--config.confirm-modules-purge=false'],
    { cwd: root, env, stdio: ['ignore', 2, 2] },
  );
  if (error) throw error;
  if (status !== 0) throw new Error('pnpm could not install the dependencies (see above)');
}

/** Runs node and gives its exit code; 128 and the signal's number where a signal ended it. */
function run(node, args, env) {
  const [file, ...rest] = args;
  const child = spawn(node, [join(root, file), ...rest], {
    cwd: process.cwd(),
    env,
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to the child as well; once more would be taken for "now, at any cost".
  const forwarded = ['SIGTERM', 'SIGHUP', ...(process.stdin.isTTY ? [] : ['SIGINT'])];
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => undefined);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (system.signals[signal] ?? 0));
    });
  });
}
