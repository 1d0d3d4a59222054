import type { StrangerLimits } from '../callbacks/rates.ts';

/** Of the private port. Who reaches it has a key, or is a stranger. */
export interface ApiLimits {
  /** Largest body of JSON, bytes. */
  readonly bodyBytes: number;
  /** Largest request line and headers, bytes. */
  readonly headerBytes: number;
  readonly connections: number;
  readonly headersMs: number;
  /** For the body of a request, unless it is an upload. */
  readonly requestMs: number;
  /** Largest file, bytes. */
  readonly uploadBytes: number;
  /** So many bytes of a file must come within uploadStepMs of waiting for them. */
  readonly uploadStepBytes: number;
  readonly uploadStepMs: number;
  /** How long the rest of a body is still read that nobody wants any more, so that its sender sees the answer. */
  readonly lingerMs: number;
  readonly checkMs: number;
  readonly keepAliveMs: number;
  /** Between two words that a request with an Idempotency-Key is still worked on, ms. */
  readonly holdEveryMs: number;
  /** Streams of events that are open at once. */
  readonly streams: number;
  /** Until a stream is ended, and whoever reads it connects again with its key, ms. */
  readonly streamMs: number;
  /** What a stream may owe its reader, bytes. */
  readonly streamBytes: number;
  /** Between two signs of life of a stream on which nothing happens, ms. */
  readonly beatMs: number;
  /** What readers of a stream are told to wait before they connect again, ms. */
  readonly reconnectMs: number;
  /** Between two looks for what changed, ms. */
  readonly lookEveryMs: number;
  /** Files that are written at once. */
  readonly exports: number;
  /** Until a reader is cut off that takes nothing of a file, ms. */
  readonly exportStallMs: number;
  readonly strangers: StrangerLimits;
}

export const API_LIMITS: ApiLimits = {
  // A few ten thousand rows, or a thousand ranges of lines; larger batches come as CSV.
  bodyBytes: 8 * 1024 * 1024,
  headerBytes: 16 * 1024,
  // People, their pages' live views, and some systems.
  connections: 2_000,
  headersMs: 10_000,
  // A body of that size over a slow line.
  requestMs: 120_000,
  // Some 20 million rows: API_UPLOAD_BYTES_MAX says another.
  uploadBytes: 1024 ** 3,
  // Two kilobytes a second: the slowest line that a person has, and a connection is not held for nothing.
  uploadStepBytes: 64 * 1024,
  uploadStepMs: 30_000,
  lingerMs: 10_000,
  checkMs: 1_000,
  // Balancers commonly keep idle connections for a minute: the end that sends should close first.
  keepAliveMs: 65_000,
  // A third of what it is held for: one word may be lost.
  holdEveryMs: 20_000,
  // Pages of all operators, several each; each costs some 30 kB.
  streams: 500,
  // A key that is revoked reads on for so long.
  streamMs: 300_000,
  // A thousand changes.
  streamBytes: 1_048_576,
  // Below the minute after which balancers cut idle connections.
  beatMs: 15_000,
  reconnectMs: 1_000,
  // What people take for at once.
  lookEveryMs: 1_000,
  // Each has a page of 1,000 rows in memory, and a connection to the database while it reads one: half of those by key.
  exports: 4,
  // A line that is down for a moment; who went away frees his place.
  exportStallMs: 60_000,
  // A mistyped key is seen, a flood costs no look into the database.
  strangers: { tries: 30, windowMs: 60_000, addresses: 10_000 },
};
