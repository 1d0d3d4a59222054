/** What one run knows of its services; plain data, so that it can be handed to test workers. */
export interface ServiceAddresses {
  /** An administrator's URL: test databases are made next to the database that it names, nothing is done in that one. */
  readonly postgres: { readonly url: string; readonly owned: boolean };
  /** Used only within fresh key prefixes. */
  readonly redis: { readonly url: string; readonly owned: boolean };
  /** Begins the names of all databases and roles of this run. */
  readonly runId: string;
  /** Of the roles that this run makes. */
  readonly password: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** What the global setup started: `inject('services')` in a test file. */
    services: ServiceAddresses;
  }
}

/** The part of `services` that can be sent to another process. */
export function addressesOf(services: ServiceAddresses): ServiceAddresses {
  const { postgres, redis, runId, password } = services;
  return {
    postgres: { url: postgres.url, owned: postgres.owned },
    redis: { url: redis.url, owned: redis.owned },
    runId,
    password,
  };
}
