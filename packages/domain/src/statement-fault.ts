/** Why a row is no row of a statement, and the sentence that people read. One such row refuses the whole statement. */
export const STATEMENT_FAULTS = {
  row_too_long: 'the row is too long',
  row_malformed: 'the row has another number of cells than the header',
  text_unfit: 'a text is too long or holds control characters',
  no_id_and_phone: 'it names neither a request id nor a phone',
  phone_invalid: 'its phone is no mobile number',
  amount_malformed: 'its amount is no amount',
  amount_negative: 'its amount is below zero',
  amount_zero: 'its amount is zero',
  currency_missing: 'it names no currency, and the profile has none',
  currency_differs: 'it names another currency than the profile, or two',
  currency_unknown: 'nobody is paid in its currency',
  currency_unfit: 'its currency is not that of its phone',
  discount_malformed: 'its discount is none',
  status_unknown: 'the profile does not say what its status means',
  time_malformed: 'its time is not as the profile says',
  outside_period: 'its time is outside of the period of the statement',
  row_repeated: 'it is the same as another row',
  id_twice: 'another row has its request id, and says something else',
  other_account: 'its request id is of a line of another account',
} as const;
export type StatementFaultReason = keyof typeof STATEMENT_FAULTS;

/** A row that refuses its statement. */
export interface StatementFault {
  /** From 1, the header not counted. */
  readonly row: number;
  readonly reason: StatementFaultReason;
  /** What stands there; no phone. */
  readonly detail: string;
}

/** `it is the same as another row (row 3)`: for people. */
export function describeStatementFault({ reason, detail }: StatementFault): string {
  return `${STATEMENT_FAULTS[reason]}${detail === '' ? '' : ` (${detail})`}`;
}
