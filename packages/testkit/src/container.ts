import { connect } from 'node:net';
import type { ContainerRuntimeClient, StartedTestContainer } from 'testcontainers';
import { eventually } from './eventually.ts';
import { freePort } from './port.ts';
import { reasonOf, ServiceUnavailable } from './service.ts';

export interface ContainerSpec {
  readonly image: string;
  /** On which the server listens inside. */
  readonly port: number;
  /** The user of the image as whom the server runs, and to whom its files belong. */
  readonly account: string;
  readonly environment: Record<string, string>;
  readonly command: string[];
  /** Resolves when the server answers at `address`, `host:port`; rejects while it doesn't. */
  readonly ready: (address: string) => Promise<void>;
}

/** A server in a container, at one and the same address and with its files, however often it is stopped and started. */
export interface ServerContainer {
  readonly address: string;
  readonly origin: string;
  /** Sends a signal that ends the server; resolves when it is gone and nothing listens any more. */
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
  /** Starts it again; resolves when it answers. Throws ServiceUnavailable where it runs. */
  readonly start: () => Promise<void>;
  /** Runs a program on its files while it is stopped, by the server's account. Throws ServiceUnavailable where it fails. */
  readonly call: (file: string, ...args: string[]) => Promise<void>;
  readonly remove: () => Promise<void>;
}

const START_MS = 60_000;
/** Between choosing a free port and Docker's taking it, somebody else may. */
const PORT_ATTEMPTS = 5;

/** Starts an image. Throws ServiceUnavailable where Docker can't run it. */
export async function startContainer(spec: ContainerSpec): Promise<ServerContainer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOn(await freePort(), spec);
    } catch (cause) {
      const taken = /port is already allocated|address already in use/i.test(String(cause));
      if (taken && attempt < PORT_ATTEMPTS) continue;
      throw new ServiceUnavailable(`Docker could not run ${spec.image}: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }
}

/** On a port that is chosen here, because Docker gives another one at every start. */
async function startOn(port: number, spec: ContainerSpec): Promise<ServerContainer> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers');
  const container = await new GenericContainer(spec.image)
    .withExposedPorts({ container: spec.port, host: port })
    .withUser(spec.account)
    .withEnvironment(spec.environment)
    .withCommand(spec.command)
    .withStartupTimeout(START_MS)
    // Only to learn early of one that ends: whether it answers is asked below, as after every later start.
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/i))
    .start();
  const { container: containers } = await getContainerRuntimeClient();
  const server = handleOf(container, containers, port, spec);
  await server.answers();
  return server;
}

type Containers = ContainerRuntimeClient['container'];

function handleOf(
  container: StartedTestContainer,
  containers: Containers,
  port: number,
  spec: ContainerSpec,
): ServerContainer & { answers: () => Promise<void> } {
  const host = container.getHost();
  const address = `${host}:${port}`;
  const handle = containers.getById(container.getId());
  const runs = async () => (await handle.inspect()).State.Running;
  const answers = async () => {
    const ready = () => spec.ready(address).then(() => true);
    await eventually(ready, { timeoutMs: START_MS });
  };
  return {
    address,
    origin: `the image ${spec.image}`,
    answers,
    async end(signal) {
      if (!(await runs())) return;
      await handle.kill({ signal });
      await handle.wait();
      await eventually(() => isClosed(host, port));
    },
    async start() {
      if (await runs()) {
        throw new ServiceUnavailable('The server already runs: end it first.');
      }
      await handle.start();
      await answers();
    },
    call: (file, ...args) => callBeside(containers, handle.id, spec, [file, ...args]),
    async remove() {
      await container.stop();
    },
  };
}

/** In a container of its own that has the server's volumes: nothing can be run in one that is stopped. */
async function callBeside(
  { dockerode }: Containers,
  serverId: string,
  { image, account }: ContainerSpec,
  command: string[],
): Promise<void> {
  const once = await dockerode.createContainer({
    Image: image,
    User: account,
    Entrypoint: command,
    Cmd: [],
    // So that what it says is plain text.
    Tty: true,
    HostConfig: { VolumesFrom: [serverId], NetworkMode: 'none' },
  });
  try {
    await once.start();
    const { StatusCode: status } = await once.wait();
    if (status === 0) return;
    const log = await once.logs({ stdout: true, stderr: true });
    throw new ServiceUnavailable(`${command.join(' ')} failed: ${log.toString('utf8')}`);
  } finally {
    await once.remove({ force: true });
  }
}

function isClosed(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}
