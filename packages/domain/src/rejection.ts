/** Why an input row never became a line. Each reason has one sentence for people. */
export const REJECTION_REASONS = {
  row_too_long: 'the row is longer than the reader allows',
  row_malformed: 'the row has not the columns of the header, or broken quotes',
  text_unfit: 'the text is too long or holds control characters',
  phone_invalid: 'the phone is not a mobile number',
  phone_rounded:
    'a spreadsheet has rounded the phone: make its column text, and enter the number again',
  currency_unknown: 'the currency is missing or none that we pay in',
  currency_unfit: 'the currency does not fit the country of the number',
  amount_malformed: 'the amount is not a plain decimal number above zero',
  amount_decimals: 'the amount has more decimals than the currency',
  amount_out_of_range: 'the amount is below the minimum or above the maximum',
  duplicate_reference: 'an earlier row of this batch has the same reference',
  duplicate_line: 'an earlier row of this batch has the same phone and amount',
  reference_taken: 'an earlier batch of this source has a line of this reference',
} as const;

export type RejectionReason = keyof typeof REJECTION_REASONS;

/** An input row that never became a line. Rows read = lines + rejections. */
export interface Rejection {
  /** Row number in the input, from 1, the header not counted. */
  readonly row: number;
  readonly reason: RejectionReason;
  readonly column: 'phone' | 'amount' | 'currency' | 'reference' | 'note' | undefined;
  /** What was there, cut and with phones masked. */
  readonly detail: string;
}
