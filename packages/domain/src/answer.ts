import type { Ending } from './ending.ts';
import type { Money } from './money.ts';
import type { Msisdn } from './msisdn.ts';

/** A line as it was asked for in an attempt. */
export interface AskedLine {
  readonly msisdn: Msisdn;
  readonly amount: Money;
}

/** What came back for one send, in words that are no provider's own. Adapters make it; `readAnswer` judges it. */
export type ProviderAnswer =
  | ProviderResponse
  /** It is proven that no byte of the request left: refused connection, DNS, TLS, our own limiter, deadline or gate. */
  | { readonly kind: 'not_sent'; readonly reason: string }
  /** Bytes may have left and no whole response came: timeout, reset, body cut. */
  | { readonly kind: 'lost'; readonly reason: string };

export interface ProviderResponse {
  readonly kind: 'response';
  /** HTTP status. */
  readonly status: number;
  /** The body, verbatim, as text. */
  readonly body: string;
  /** The body as the documented JSON, or undefined where it isn't. */
  readonly content: ResponseContent | undefined;
  /** How long the provider asks us to wait before the next request, ms; undefined where it doesn't say. */
  readonly retryAfterMs?: number | undefined;
}

export interface ResponseContent {
  /** Verbatim; the provider says "None" for none. */
  readonly errorMessage: string;
  readonly numSent: number | undefined;
  /** Verbatim: in the currency of the wallet, gross or net: never computed with (contract 1.2). */
  readonly totalAmount: string;
  readonly totalDiscount: string;
  readonly entries: readonly ResponseEntry[];
}

export interface ResponseEntry {
  readonly phoneNumber: string;
  readonly status: string;
  readonly requestId: string;
  readonly errorMessage: string;
  readonly amount: Money | undefined;
  readonly discount: Money | undefined;
}

/** How one send ended for one of its lines. */
export interface LineEnding {
  readonly ending: Ending;
  /** Verbatim, empty where the answer says nothing of this line. */
  readonly status: string;
  readonly errorText: string;
}

/** Something that is odd though the ending is clear; it is written down for people. */
export interface Oddity {
  readonly kind:
    | 'amount_differs'
    | 'listed_twice'
    | 'credited_twice'
    | 'request_id_shared'
    | 'unasked_line'
    | 'count_differs';
  readonly msisdn: Msisdn | undefined;
  readonly detail: string;
}

export interface AnswerReading {
  /** One for each line asked, in the order asked. */
  readonly lines: readonly LineEnding[];
  readonly oddities: readonly Oddity[];
}
