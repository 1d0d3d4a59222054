import { formatAmountShort, type AskedLine } from '@salio/domain';

/**
 * The form body of a send (contract 1.1): `recipients` is a JSON text inside it, an amount is `KES 1.50`. Deterministic to
 * the byte, because the idempotency key is made from it. `maxNumRetry` is left out: what it means is not known (1.3).
 */
export function encodeBody(username: string, lines: readonly AskedLine[]): string {
  if (lines.length === 0) throw new RangeError('a send needs at least one line');
  const recipients = lines.map(({ msisdn, amount }) => ({
    phoneNumber: msisdn,
    amount: `${amount.currency} ${formatAmountShort(amount.units)}`,
  }));
  return `username=${encodeURIComponent(username)}&recipients=${encodeURIComponent(JSON.stringify(recipients))}`;
}
