import type { SendRequest } from './send-request.ts';

/** A send request that passed the gateway. */
export interface Received {
  /** Counts all send requests from 1. */
  readonly number: number;
  /** When its body was complete, in milliseconds since 1970. */
  readonly atMs: number;
  readonly key: string | undefined;
  readonly send: SendRequest;
  /** Where it came from; undefined where the client is gone already. */
  readonly sourceIpAddress: string | undefined;
}
