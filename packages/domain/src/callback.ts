import type { Money } from './money.ts';
import type { Msisdn } from './msisdn.ts';

/** What the provider told of a line by itself. */
export interface Notification {
  /** The provider's id that it speaks of. */
  readonly requestId: string;
  /** The provider's word, verbatim; only `Success` and `Failed` are known (contract 3.2). */
  readonly status: string;
  /** The provider's text, verbatim but cut where it is very long; undefined where it gave none. */
  readonly description: string | undefined;
  /** Undefined where it named no phone, no value, no discount: only id and status are always there. */
  readonly msisdn: Msisdn | undefined;
  readonly value: Money | undefined;
  readonly discount: Money | undefined;
}

/** The provider asks whether it may pay (contract 3.3). */
export interface Validation {
  /** The provider's name for what it would pay. It is no request id. */
  readonly transactionId: string;
  readonly msisdn: Msisdn;
  /** More than zero. */
  readonly amount: Money;
  /** Where the provider says that the request to pay came from; undefined where it does not say. */
  readonly sourceAddress: string | undefined;
}

/** What came can't be taken for what it should be; `reason` says why, without quoting it. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly reason: string;
}

export type NotificationReading = ({ readonly kind: 'read' } & Notification) | Unreadable;
export type ValidationReading = ({ readonly kind: 'read' } & Validation) | Unreadable;
