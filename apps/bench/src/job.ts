import process from 'node:process';

/** What a contestant is given: the same for all. */
export interface Job {
  /** CSV with a header (phone, amount, currency, reference) and plain rows: no quotes, no spaces, UTF-8, `\n`. */
  readonly file: string;
  /** Rows of the file. */
  readonly lines: number;
  readonly recipientsPerRequest: number;
  /** Calls in flight at most. */
  readonly callsInFlight: number;
  /** A database of its own, empty; the login owns it. */
  readonly databaseUrl: string;
  /** A Redis of its own to begin with: empty. */
  readonly redisUrl: string;
  /** Begins the names of all its keys there. */
  readonly redisPrefix: string;
  readonly airtimeUrl: string;
  readonly username: string;
  readonly apiKey: string;
}

/** What a contestant says on its last line of standard output. */
export interface Finish {
  /** Lines whose answer is recorded. */
  readonly lines: number;
  /** From opening the file, with everything connected and ready, to the last recorded answer. */
  readonly seconds: number;
}

/** The job of a contestant that runs as a process of its own: its one argument, as JSON. */
export function readJob(): Job {
  return JSON.parse(process.argv[2] ?? 'null') as Job; // safe because only the benchmark starts contestants
}

/** The last thing that a contestant does. */
export function finish(end: Finish): void {
  process.stdout.write(`${JSON.stringify(end)}\n`);
}
