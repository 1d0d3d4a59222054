import type { Money } from './money.ts';

/**
 * How one send ended for one line.
 *
 * - `accepted`: the provider took it and gave it an id.
 * - `refused`: proven unpaid; `scope` says whether for a reason of the line or of the account or whole request.
 * - `not_sent`: proven that not a byte of the request left.
 * - `duplicate`: the provider had an equal request before: received, not proven paid, never failed.
 * - `unknown`: anything else. It may have been paid.
 */
export type Ending =
  | Accepted
  | Refused
  | { readonly kind: 'not_sent'; readonly reason: string }
  | { readonly kind: 'duplicate'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface Accepted {
  readonly kind: 'accepted';
  /** The provider's id of the line, `ATQid_…`. */
  readonly requestId: string;
  /** As the provider says, where it could be read. */
  readonly amount: Money | undefined;
  readonly discount: Money | undefined;
}

export interface Refused {
  readonly kind: 'refused';
  readonly scope: 'line' | 'account';
  readonly reason: string;
}

export type EndingKind = Ending['kind'];
export const ENDING_KINDS = [
  'accepted',
  'refused',
  'not_sent',
  'duplicate',
  'unknown',
] as const satisfies readonly EndingKind[];
