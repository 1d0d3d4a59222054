import type { AskedLine, Money, ProviderAnswer } from '@salio/domain';
import type { SendDeadline } from './deadline.ts';

/**
 * A provider of airtime, as the rest of Salio knows it. It transmits and reports; what an answer means is judged by
 * `readAnswer` of the domain. Nothing here is retried once a byte may have left.
 */
export interface AirtimeProvider {
  /** Names the account at the provider: slots, limits and breakers are per account. */
  readonly account: string;

  /**
   * The exact body that asks for these lines, as text. The same lines give the same body for ever: its bytes are part of
   * the idempotency key. Throws RangeError for no lines.
   */
  encode(lines: readonly AskedLine[]): string;

  /**
   * Transmits one body once. Every ending is a value; trouble of the network never throws. Within the call only tries that
   * failed to connect, and so sent no byte, are repeated.
   */
  send(request: SendRequest): Promise<ProviderAnswer>;

  /** Asks what became of a line that has a provider request id. Aborting `signal` ends it as unknown. */
  enquire(requestId: string, signal?: AbortSignal): Promise<EnquiryAnswer>;

  /** Asks for the wallet's balance. Aborting `signal` ends it as unread. */
  balance(signal?: AbortSignal): Promise<BalanceAnswer>;

  /** Takes no more requests, waits until those under way have ended, and closes the connections. */
  close(): Promise<void>;
}

export interface SendRequest {
  /** The key of the attempt; the same for each of its sends. */
  readonly idempotencyKey: string;
  /** What `encode` made. */
  readonly body: string;
  /** Compared where the first byte is about to leave; past it the send ends as not_sent. */
  readonly sendBy: SendDeadline;
  /** Aborted: what hasn't started doesn't start (not_sent). A send that has started is never abandoned. */
  readonly signal?: AbortSignal;
}

/** What the provider says of one of its request ids. */
export interface EnquiryAnswer {
  /** The provider's word (contract 4.1), or unknown for everything else, an unknown id and trouble included. */
  readonly status: ProviderStatus | 'unknown';
  /** Undefined where no whole response came. */
  readonly httpStatus: number | undefined;
  /** Verbatim; empty where none came. */
  readonly body: string;
  /** Why it is unknown; empty otherwise. */
  readonly reason: string;
}

/** Statuses that an enquiry is known to answer with (contract 4.1). Only Success and Failed are final. */
export const PROVIDER_STATUSES = ['Queued', 'Sent', 'Success', 'Failed'] as const;
export type ProviderStatus = (typeof PROVIDER_STATUSES)[number];

export type BalanceAnswer =
  /** In the wallet's currency; may be below zero (contract 4.2). */
  { readonly ok: true; readonly balance: Money } | { readonly ok: false; readonly reason: string };
