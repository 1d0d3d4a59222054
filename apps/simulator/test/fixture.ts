import { randomBytes } from 'node:crypto';
import { createLog } from '@salio/runtime';
import { simulatorSettings, startSimulator } from '@salio/simulator';
import { onTestFinished } from 'vitest';

export const LOG = createLog('simulator-test', 'silent');

/** A simulator of a test's own, and a client that knows the documented forms. Gone when the test is over. */
export interface Bench {
  readonly url: string;
  /** The simulator's clock, which stands still until the test moves it. */
  clockMs: number;
  /** Whether the simulator has ended its process, which here is that of the test and lives on. */
  died: boolean;
  readonly client: Client;
  /** Ends it before the test does. */
  readonly stop: () => Promise<void>;
}

export async function bench(
  overrides: Readonly<Record<string, string>> = {},
  clockMs = Date.UTC(2026, 0, 31, 9),
): Promise<Bench> {
  const settings = simulatorSettings({ PORT: '0', ...overrides });
  const state = { clockMs, died: false };
  const world = { now: () => state.clockMs, randomBytes, die: () => (state.died = true) };
  const simulator = await startSimulator(settings, LOG, world);
  let stopped: Promise<void> | undefined;
  const stop = async () => (stopped ??= Promise.resolve(simulator[Symbol.asyncDispose]()));
  onTestFinished(stop);
  return Object.assign(state, { url: simulator.url, client: client(simulator.url), stop });
}

export interface Asked {
  readonly phoneNumber: string;
  readonly amount: string;
}

export interface Line extends Asked {
  readonly status: string;
  readonly requestId: string;
  readonly discount: string;
  readonly errorMessage: string;
}

export interface SendAnswer {
  readonly status: number;
  readonly errorMessage: string;
  readonly numSent: number;
  readonly totalAmount: string;
  readonly totalDiscount: string;
  readonly responses: readonly Line[];
}

export type Client = ReturnType<typeof client>;

export function client(url: string) {
  const get = (path: string): Promise<Response> => fetch(`${url}${path}`, { headers: HEADERS });
  const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${url}${SEND}`, {
      method: 'POST',
      headers: { ...HEADERS, ...headers },
      body: new URLSearchParams(fields),
    });
  const control = async <Answer>(path: string, body?: unknown): Promise<Answer> => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${url}/simulator/${path}`, init);
    return (await response.json()) as Answer; // safe because each test then looks at what it reads
  };
  return {
    get,
    post,
    control,
    /** A send whose answer may be anything. */
    raw: (recipients: readonly Asked[], key?: string, signal?: AbortSignal): Promise<Response> =>
      fetch(`${url}${SEND}`, {
        method: 'POST',
        headers: { ...HEADERS, ...(key === undefined ? {} : { 'Idempotency-Key': key }) },
        body: form(recipients),
        redirect: 'manual',
        ...(signal && { signal }),
      }),
    /** A send that is answered as documented. */
    send: async (recipients: readonly Asked[], key?: string): Promise<SendAnswer> => {
      const headers = key === undefined ? {} : { 'Idempotency-Key': key };
      const response = await post(Object.fromEntries(form(recipients)), headers);
      const answer = (await response.json()) as SendAnswer; // safe because tests compare what they read
      return { ...answer, status: response.status };
    },
    /** All that met a fault so far. */
    lies: async (): Promise<readonly Lie[]> =>
      (await control<{ entries: Lie[] }>('lies?limit=10000')).entries,
    summary: () => control<Summary>('book/summary'),
    creditsOf: async (phone: string): Promise<readonly BookEntry[]> => {
      const path = `book/phone?phone=${encodeURIComponent(phone)}`;
      return (await control<{ entries: BookEntry[] }>(path)).entries;
    },
    statusOf: async (requestId: string): Promise<unknown> => {
      const query = new URLSearchParams({ username: 'sandbox', transactionId: requestId });
      return (await get(`/query/transaction/find?${query.toString()}`)).json();
    },
  };
}

export interface BookEntry {
  readonly order: number;
  readonly requestId: string;
  readonly at: string;
  readonly phone: string;
  readonly tenThousandths: string;
  readonly credited: boolean;
  readonly requestNumber: number;
  readonly key: string | null;
}

export interface Lie {
  readonly order: number;
  readonly requestNumber: number;
  readonly at: string;
  readonly key: string | null;
  readonly phones: readonly string[];
  readonly fault: string;
  readonly credited: number;
  readonly truthful: boolean;
}

export interface Summary {
  readonly credits: number;
  readonly failedByTelco: number;
  readonly sums: Record<string, string>;
  readonly creditedMoreThanOnce: {
    recipients: number;
    extraCredits: number;
    examples: BookEntry[];
  };
  readonly lies: Record<string, number>;
  readonly requests: { seen: number; inFlight: number; mostInFlight: number };
}

export function to(phoneNumber: string, amount = 'KES 100'): Asked {
  return { phoneNumber, amount };
}

export function form(recipients: readonly Asked[]): URLSearchParams {
  return new URLSearchParams({ username: 'sandbox', recipients: JSON.stringify(recipients) });
}

/** What the provider answers when a whole request is refused (contract section 1.5). */
export function refusal(errorMessage: string): SendAnswer {
  const nothing = { numSent: 0, totalAmount: '0', totalDiscount: '0', responses: [] };
  return { status: 201, errorMessage, ...nothing };
}

export const SEND = '/version1/airtime/send';
export const HEADERS = { apiKey: 'atsk_test', Accept: 'application/json' };
export const PLAIN = '+254711000001';
export const OTHER = '+254711000002';
