/** A running Postgres or Redis. Disposing it stops what was started here and leaves alone what was given. */
export interface Service extends AsyncDisposable {
  readonly url: string;
  /** Where it came from, for people: a path, a package, an image, or the variable that named it. */
  readonly origin: string;
  /** Whether it was started here and ends with us. Faults are allowed on owned services only. */
  readonly owned: boolean;
}

export interface PostgresService extends Service {
  /** Stops at once, as in a crash; the data stays. Resolves when the server is gone. Throws ServiceUnavailable where it isn't owned. */
  stopImmediate(): Promise<void>;
  /** Starts again on the same port and data; resolves when it accepts connections. */
  start(): Promise<void>;
  /** Stops, and comes back as a standby, which can only be read. Throws ServiceUnavailable where it isn't owned. */
  standBy(): Promise<void>;
  /** Makes a standby the primary, on the next timeline; its connections stay. Throws as `standBy` does. */
  promote(): Promise<void>;
  /** Stops, keeps a copy of the data, and starts again. There is one copy: the newest. Throws as `standBy` does. */
  backUp(): Promise<void>;
  /** Stops, puts the copy in place of the data, and starts on the next timeline. Throws ServiceUnavailable where there is none. */
  restore(): Promise<void>;
}

export interface RedisService extends Service {
  /** Kills with SIGKILL; resolves when the server is gone. Throws ServiceUnavailable where it isn't owned. */
  kill(): Promise<void>;
  /** Starts again on the same port and folder; resolves when it answers. Without `durable` it comes back empty. */
  start(): Promise<void>;
}

/** `fast`: a crash of the server may lose data, for tests. `durable`: as in production (fsync, AOF every second). */
export type Durability = 'fast' | 'durable';

/** A service can't be had, or can't do what was asked. The message is one sentence that says what to do. */
export class ServiceUnavailable extends Error {
  readonly code = 'SERVICE_UNAVAILABLE';
  override readonly name = 'ServiceUnavailable';
}

/** The first line of what an error says. */
export function reasonOf(error: unknown): string {
  // Several addresses that all refused come as one error with an empty message.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const text = first instanceof Error ? first.message : String(first);
  return text.split('\n')[0] ?? '';
}

/** The fault handle of a service that somebody else runs: always rejects. */
export function notOurs(origin: string): () => Promise<never> {
  return () =>
    Promise.reject(
      new ServiceUnavailable(`The service named by ${origin} is not ours to stop or start.`),
    );
}
