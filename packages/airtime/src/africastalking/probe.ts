import type { AskedLine, ProviderAnswer } from '@salio/domain';
import { deadlineIn, systemClock } from '../deadline.ts';
import { openConnections } from '../connections.ts';
import { assertApiKey, type AfricasTalkingSettings } from './adapter.ts';
import { encodeBody } from './body.ts';
import { assertNotLive } from './hosts.ts';
import { transmit } from './transmit.ts';

/**
 * Sends as no payment is ever sent: the same key again, or none. For measuring what a sandbox or a simulator does with it; no
 * AirtimeProvider can do it, and it opens for no live account.
 */
export interface AirtimeProbe {
  /** One send of one line; without a key where `key` is undefined. Trouble of the network is an ending, and never throws. */
  send(line: AskedLine, key: string | undefined): Promise<ProviderAnswer>;
  /** Call it after the last send has ended. */
  close(): Promise<void>;
}

/** Throws AirtimeSettingsError for every place that may move money. */
export function openProbe(settings: AfricasTalkingSettings): AirtimeProbe {
  assertNotLive(settings);
  assertApiKey(settings.apiKey);
  const connections = openConnections(settings);
  const wire = {
    settings,
    connections,
    clock: systemClock,
    closing: new AbortController().signal,
  };
  return {
    send: (line, key) =>
      transmit(wire, {
        idempotencyKey: key,
        body: encodeBody(settings.username, [line]),
        sendBy: deadlineIn(settings.requestTimeoutMs, systemClock),
      }),
    close: () => connections.destroy(),
  };
}
