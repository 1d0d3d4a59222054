import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');

/** docker-compose.yml under a name of the test's own, with its own image, volumes and free ports. */
export interface ComposeProject extends AsyncDisposable {
  /** Mounted as /files for the command line. */
  readonly files: string;
  /** `docker compose …`: its standard output. Rejects with what it said where it fails. */
  readonly compose: (...args: string[]) => Promise<string>;
  /** `salio …` in a container of its own, whose last line is JSON. */
  readonly salio: (args: readonly string[], settings?: Record<string, string>) => Promise<unknown>;
  /** Where a port of a service is on this machine, as `host:port`. */
  readonly addressOf: (service: string, port: number) => Promise<string>;
  /** `docker …` itself. */
  readonly docker: (...args: string[]) => Promise<string>;
}

/** Of the output of one command: logs of a whole run. */
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

/** `more` is laid over docker-compose.yml. Nothing is started yet; disposal removes everything, volumes too. */
export async function composeProject(more: object): Promise<ComposeProject> {
  const name = `salio-test-${randomBytes(4).toString('hex')}`;
  const files = await mkdtemp(join(tmpdir(), `${name}-`));
  // For whom the containers run as.
  await chmod(files, 0o755);
  const over = join(files, 'docker-compose.test.yml');
  await writeFile(over, JSON.stringify(more));
  const { PATH, HOME, DOCKER_HOST } = process.env;
  const env = {
    PATH,
    HOME,
    ...(DOCKER_HOST === undefined ? {} : { DOCKER_HOST }),
    SALIO_IMAGE: name,
    SALIO_OPERATOR: 'test',
    CALLBACK_PORT: '0',
    API_PORT: '0',
  };
  const docker = async (...args: string[]) => {
    const { stdout } = await run('docker', args, { cwd: root, env, maxBuffer: OUTPUT_MAX_BYTES });
    return stdout.trim();
  };
  const compose = (...args: string[]) =>
    docker('compose', '-p', name, '-f', 'docker-compose.yml', '-f', over, ...args);
  return {
    files,
    compose,
    docker,
    async salio(args, settings = {}) {
      const given = Object.entries(settings).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
      const mount = ['-v', `${files}:/files:ro`];
      const output = await compose(
        'run',
        '--rm',
        '-T',
        ...given,
        ...mount,
        'cli',
        ...args,
        '--json',
      );
      return JSON.parse(output.split('\n').at(-1) ?? '');
    },
    async addressOf(service, port) {
      return compose('port', service, String(port));
    },
    async [Symbol.asyncDispose]() {
      await compose('--profile', 'cli', 'down', '--volumes', '--timeout', '10');
      // Not by `down --rmi`, which would take the images of Postgres and Redis along.
      await docker('image', 'rm', '--force', name);
      await rm(files, { recursive: true });
    },
  };
}
