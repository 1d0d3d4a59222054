import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { ServiceAddresses } from '../addresses.ts';
import { startProcess, type StartedProcess } from '../child.ts';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { testPrefix } from '../prefix.ts';
import { createPeople, type MakePeople } from './people.ts';
import { askCli, COMPILE_CACHE } from './run-cli.ts';

export type Environment = Readonly<Record<string, string>>;

export interface SystemOptions {
  readonly workers?: number;
  readonly schedulers?: number;
  readonly simulator?: Environment;
  readonly worker?: Environment;
  readonly scheduler?: Environment;
  readonly ops?: Environment;
  /** Of the ops API, where it is started. */
  readonly api?: Environment;
  /** What the provider tells or asks by itself; then there is somebody who listens. None by default. */
  readonly callbacks?: { readonly status?: boolean; readonly validation?: boolean };
  /** A stand-in of the provider that runs already: then none is started, and `simulator` is not read. */
  readonly runningSimulator?: StartedProcess;
  /** The provider's account. */
  readonly account?: { readonly username: string; readonly apiKey: string };
  /** Instead of the random one: idempotency keys, and what follows from them, are the same in every run. */
  readonly ledgerId?: string;
}

/** All of Salio as processes, with a database and key prefix of its own, and the provider's stand-in. */
export interface System extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly prefix: string;
  /** What the command line needs straight on the database, the credential of a source included. */
  readonly cli: Environment;
  readonly simulatorUrl: string;
  /** The one that runs, or ran last. */
  simulator: StartedProcess;
  readonly workers: StartedProcess[];
  readonly schedulers: StartedProcess[];
  readonly listeners: StartedProcess[];
  startWorker(more?: Environment): Promise<StartedProcess>;
  startScheduler(more?: Environment): Promise<StartedProcess>;
  /** Starts the listener to the provider, always at the address that the provider knows. */
  startOps(more?: Environment): Promise<StartedProcess>;
  /** Starts the ops API, with the provider's account; its ready line has `api`. */
  startApi(more?: Environment): Promise<StartedProcess>;
  /** People with keys of an ops API that is started for the first of them: for what the command line does not do on the database. */
  readonly people: MakePeople;
  /** Starts the simulator again where it was, after it was killed. With a BOOK_FILE it goes on where it ended. */
  restartSimulator(): Promise<void>;
}

const app = (name: string) =>
  fileURLToPath(new URL(`../../../../apps/${name}/src/main.ts`, import.meta.url));

/** Of the provider's account; the simulator refuses every other. */
const DEMO_ACCOUNT = { username: 'salio-demo', apiKey: 'demo-key' };

export async function startSystem(
  services: ServiceAddresses,
  options: SystemOptions = {},
): Promise<System> {
  const running = new AsyncDisposableStack();
  try {
    return await start(services, options, running);
  } catch (error) {
    await running.disposeAsync();
    throw error;
  }
}

/** What is started goes onto the stack, also what is started later. */
async function start(
  services: ServiceAddresses,
  options: SystemOptions,
  running: AsyncDisposableStack,
): Promise<System> {
  const database = await createTestDatabase(services, {
    template: {
      name: 'system',
      migrate: async (url) => void (await askCli(['migrate'], { OWNER_DATABASE_URL: url })),
    },
  });
  if (options.ledgerId !== undefined) await nameLedger(database.ownerUrl, options.ledgerId);
  const keys = running.use(testPrefix(services, 'e2e'));
  const places = { REDIS_URL: services.redis.url, QUEUE_PREFIX: keys.prefix };
  const { privateKey, publicKey } = await askCli(['keygen'], {});
  const ledger = { DATABASE_URL: database.appUrl, LEDGER_PRIVATE_KEY: String(privateKey) };
  const asOps = { ...ledger, DATABASE_URL: database.opsUrl };
  const { credential } = await askCli(['source', 'add', 'payroll'], {
    ...asOps,
    SALIO_OPERATOR: 'demo',
  });
  const cli = {
    ...places,
    ...asOps,
    SOURCE_CREDENTIAL: String(credential),
    SALIO_OPERATOR: 'demo',
  };

  const { username, apiKey } = options.account ?? DEMO_ACCOUNT;
  const account = { AIRTIME_USERNAME: username, AIRTIME_API_KEY: apiKey };
  const common = { ...places, ...ledger, LOG_LEVEL: 'info', NODE_COMPILE_CACHE: COMPILE_CACHE };
  const listeners: StartedProcess[] = [];
  const token = randomBytes(32).toString('base64url');
  const startOps = async (more: Environment = {}) => {
    const port = listeners[0] && new URL(String(listeners[0].ready['callbacks'])).port;
    const env = {
      ...common,
      ...account,
      DATABASE_URL: database.callbacksUrl,
      CALLBACK_TOKEN: token,
      CALLBACK_HOST: '127.0.0.1',
      ...options.ops,
      ...more,
      CALLBACK_PORT: port ?? '0',
    };
    const started = running.use(await startProcess({ file: app('ops'), name: 'ops', env }));
    listeners.push(started);
    return started;
  };
  const { status, validation } = options.callbacks ?? {};
  const told: Record<string, string> = {};
  if (status || validation) {
    const base = `${String((await startOps()).ready['callbacks'])}/${token}`;
    if (status) told['NOTIFY_URL'] = `${base}/status`;
    if (validation) told['VALIDATE_URL'] = `${base}/validation`;
  }

  const startSimulator = async (port: string) => {
    const env = {
      ...account,
      ...told,
      LOG_LEVEL: 'warn',
      WALLET_CURRENCY: 'KES',
      ...options.simulator,
      PORT: port,
    };
    return running.use(await startProcess({ file: app('simulator'), name: 'simulator', env }));
  };
  const simulator = options.runningSimulator ?? (await startSimulator('0'));
  const simulatorUrl = String(simulator.ready['url']);
  const workers: StartedProcess[] = [];
  const schedulers: StartedProcess[] = [];
  const startWorker = async (more: Environment = {}) => {
    const env = {
      ...common,
      ...account,
      AIRTIME_BASE_URL: simulatorUrl,
      ...options.worker,
      ...more,
    };
    const started = running.use(await startProcess({ file: app('worker'), name: 'worker', env }));
    workers.push(started);
    return started;
  };
  const startScheduler = async (more: Environment = {}) => {
    const env = {
      ...common,
      ...account,
      AIRTIME_BASE_URL: simulatorUrl,
      ...options.scheduler,
      ...more,
    };
    const started = running.use(
      await startProcess({ file: app('scheduler'), name: 'scheduler', env }),
    );
    schedulers.push(started);
    return started;
  };
  await Promise.all([
    ...Array.from({ length: options.workers ?? 2 }, () => startWorker()),
    ...Array.from({ length: options.schedulers ?? 1 }, () => startScheduler()),
  ]);

  const startApi = async (more: Environment = {}) => {
    const env = {
      ...account,
      AIRTIME_BASE_URL: simulatorUrl,
      OPS_DATABASE_URL: database.opsUrl,
      LEDGER_PUBLIC_KEY: String(publicKey),
      API_PORT: '0',
      LOG_LEVEL: 'info',
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...options.api,
      ...more,
    };
    return running.use(await startProcess({ file: app('ops'), name: 'api', env }));
  };

  const system: System = {
    database,
    prefix: keys.prefix,
    cli,
    simulatorUrl,
    simulator,
    workers,
    schedulers,
    listeners,
    startWorker,
    startScheduler,
    startOps,
    startApi,
    people: createPeople(cli, () => startApi()),
    restartSimulator: async () => {
      system.simulator = await startSimulator(new URL(simulatorUrl).port);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
  return system;
}

/** A ledger's id is a fact, so it takes the owner, with the trigger off, before anything knows the id. */
async function nameLedger(ownerUrl: string, id: string): Promise<void> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('ALTER TABLE ledgers DISABLE TRIGGER append_only');
    await client.query('UPDATE ledgers SET id = $1', [id]);
    await client.query('ALTER TABLE ledgers ENABLE TRIGGER append_only');
  } finally {
    await client.end();
  }
}
