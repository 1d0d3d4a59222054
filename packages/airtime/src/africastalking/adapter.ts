import { openConnections, type ConnectionSettings } from '../connections.ts';
import { systemClock, type Clock } from '../deadline.ts';
import type { AirtimeProvider } from '../provider.ts';
import type { RepeatLimits } from '../repeat.ts';
import { accountOf } from './account.ts';
import { encodeBody } from './body.ts';
import { AirtimeSettingsError } from './hosts.ts';
import { enquire, readBalance } from './reads.ts';
import { transmit } from './transmit.ts';

export interface AfricasTalkingSettings extends ConnectionSettings {
  readonly username: string;
  readonly apiKey: string;
  /** From `chooseBaseUrl`. A path in it is kept in front of the provider's paths. */
  readonly baseUrl: URL;
  /** From the first byte sent to the last one received; then the request is lost. */
  readonly requestTimeoutMs: number;
  /** How connecting is repeated, and reading (enquiry, balance). */
  readonly repeat: RepeatLimits;
}

/** What fits most installations; every one of them is a setting. */
export const DEFAULT_HTTP = {
  connections: 16,
  connectTimeoutMs: 5_000,
  // Common servers close idle connections after five seconds and more.
  keepAliveMs: 4_000,
  // Answers take two seconds, hangs of a minute were seen (contract 2).
  requestTimeoutMs: 30_000,
  repeat: { tries: 3, backoffMs: 100 },
} as const;

/** The adapter for Africa's Talking. Throws AirtimeSettingsError for a key that can't be a header. Opens nothing yet. */
export function createAfricasTalking(
  settings: AfricasTalkingSettings,
  clock: Clock = systemClock,
): AirtimeProvider {
  assertApiKey(settings.apiKey);
  const closing = new AbortController();
  const wire = { settings, connections: openConnections(settings), clock, closing: closing.signal };
  const underWay = new Set<Promise<unknown>>();
  const track = async <Answer>(running: Promise<Answer>): Promise<Answer> => {
    underWay.add(running);
    try {
      return await running;
    } finally {
      underWay.delete(running);
    }
  };

  return {
    account: accountOf(settings.username),
    encode: (lines) => encodeBody(settings.username, lines),
    send: (request) => track(transmit(wire, request)),
    enquire: (requestId, signal) => track(enquire(wire, requestId, signal)),
    balance: (signal) => track(readBalance(wire, signal)),
    close: async () => {
      closing.abort();
      await Promise.all(underWay);
      await wire.connections.destroy();
    },
  };
}

/** Throws AirtimeSettingsError for a key that can't be a header. */
export function assertApiKey(apiKey: string): void {
  if (/^[\x21-\x7e]{1,512}$/.test(apiKey)) return;
  throw new AirtimeSettingsError('AIRTIME_API_KEY has characters that no key has');
}
