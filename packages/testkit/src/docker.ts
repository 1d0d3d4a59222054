import { existsSync } from 'node:fs';
import process from 'node:process';
import { freePort } from './port.ts';
import {
  outOfReach,
  reasonOf,
  ServiceUnavailable,
  type Durability,
  type PostgresService,
  type RedisService,
} from './service.ts';

/** Whether something looks like a Docker engine here. It may still refuse. */
export function hasDocker(): boolean {
  return process.env['DOCKER_HOST'] !== undefined || existsSync('/var/run/docker.sock');
}

/** Postgres in a container. Throws ServiceUnavailable where Docker can't run it. */
export async function startPostgresContainer(
  durability: Durability,
  settings: readonly string[] = [],
): Promise<PostgresService> {
  const sync = durability === 'durable' ? 'on' : 'off';
  const container = await startContainer({
    image: 'postgres:18',
    port: 5432,
    environment: { POSTGRES_HOST_AUTH_METHOD: 'trust' },
    command: [
      'postgres',
      ...[
        'max_connections=300',
        `fsync=${sync}`,
        `synchronous_commit=${sync}`,
        ...settings,
      ].flatMap((setting) => ['-c', setting]),
    ],
    ready: /ready to accept connections/,
    // The image starts a server to make the cluster and then the one that stays.
    readyTimes: 2,
  });
  return {
    url: `postgres://postgres@${container.address}/postgres`,
    origin: container.origin,
    owned: true,
    stopImmediate: () => container.end('SIGQUIT'),
    start: () => container.start(),
    standBy: outOfReach(container.origin),
    promote: outOfReach(container.origin),
    backUp: outOfReach(container.origin),
    restore: outOfReach(container.origin),
    [Symbol.asyncDispose]: () => container.remove(),
  };
}

/** Redis in a container. Throws ServiceUnavailable where Docker can't run it. */
export async function startRedisContainer(durability: Durability): Promise<RedisService> {
  const appendOnly = durability === 'durable' ? ['yes', '--appendfsync', 'everysec'] : ['no'];
  const container = await startContainer({
    image: 'redis:8',
    port: 6379,
    environment: {},
    command: ['redis-server', '--save', '', '--appendonly', ...appendOnly],
    ready: /Ready to accept connections/,
    readyTimes: 1,
  });
  return {
    url: `redis://${container.address}`,
    origin: container.origin,
    owned: true,
    kill: () => container.end('SIGKILL'),
    start: () => container.start(),
    [Symbol.asyncDispose]: () => container.remove(),
  };
}

interface ContainerSpec {
  readonly image: string;
  readonly port: number;
  readonly environment: Record<string, string>;
  readonly command: string[];
  readonly ready: RegExp;
  readonly readyTimes: number;
}

interface RunningContainer {
  readonly address: string;
  readonly origin: string;
  end(signal: string): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

async function startContainer(spec: ContainerSpec): Promise<RunningContainer> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers');
  // Chosen here, because Docker gives another one at every start.
  const hostPort = await freePort();
  try {
    const container = await new GenericContainer(spec.image)
      .withExposedPorts({ container: spec.port, host: hostPort })
      .withEnvironment(spec.environment)
      .withCommand(spec.command)
      .withWaitStrategy(Wait.forLogMessage(spec.ready, spec.readyTimes))
      .start();
    const client = await getContainerRuntimeClient();
    const handle = client.container.getById(container.getId());
    return {
      address: `${container.getHost()}:${hostPort}`,
      origin: `the image ${spec.image}`,
      async end(signal) {
        await handle.kill({ signal });
        await handle.wait();
      },
      async start() {
        await handle.start();
      },
      async remove() {
        await container.stop();
      },
    };
  } catch (cause) {
    throw new ServiceUnavailable(`Docker could not run ${spec.image}: ${reasonOf(cause)}`, {
      cause,
    });
  }
}
