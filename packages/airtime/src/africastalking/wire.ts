import type { Connections } from '../connections.ts';
import type { Clock } from '../deadline.ts';
import type { ExchangeEnding } from '../exchange.ts';
import type { RepeatLimits } from '../repeat.ts';

/** What every request to the provider needs. */
export interface Wire {
  readonly settings: {
    readonly username: string;
    readonly apiKey: string;
    readonly baseUrl: URL;
    readonly requestTimeoutMs: number;
    readonly repeat: RepeatLimits;
  };
  readonly connections: Connections;
  readonly clock: Clock;
  /** Aborted when the provider is closed: nothing starts after it. */
  readonly closing: AbortSignal;
}

export function target(wire: Wire, path: string): { origin: string; path: string } {
  const { baseUrl } = wire.settings;
  return { origin: baseUrl.origin, path: baseUrl.pathname.replace(/\/+$/, '') + path };
}

/** Without Accept the provider answers in XML (contract 1.1). */
export function headersOf(wire: Wire): Record<string, string> {
  return { apiKey: wire.settings.apiKey, Accept: 'application/json' };
}

/** Signals that keep a request from starting. */
export function stopsOf(wire: Wire, signal: AbortSignal | undefined): readonly AbortSignal[] {
  return signal ? [signal, wire.closing] : [wire.closing];
}

/** Failures to connect that may pass. A wrong certificate stays wrong, so those are not among them. */
const PASSING: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Nothing left, because there was no connection: the only ending after which a send is tried again by itself. */
export function isConnectFailure(ending: ExchangeEnding): boolean {
  return ending.kind === 'not_sent' && PASSING.has(ending.reason);
}

/** Bodies are kept for ever: no NUL, which no text in Postgres can hold, and no key, should a proxy echo our headers. */
export function storable(body: string, wire: Wire): string {
  const { apiKey } = wire.settings;
  const text = body.replaceAll('\u0000', '\ufffd');
  return apiKey.length < SECRET_LENGTH ? text : text.replaceAll(apiKey, '[key]');
}

/** A shorter key is a simulator's, and may be a word of the body. */
const SECRET_LENGTH = 16;
