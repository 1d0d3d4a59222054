import type { Tally } from './book/tally.ts';
import { UNIT } from './money.ts';
import { convert } from './rates.ts';
import type { Behaviour } from './settings.ts';

/**
 * What is left in the wallet, in ten-thousandths of its currency: the starting balance less amount minus discount of all that
 * was accepted. Follows from the book and the settings of now; a telco's refusal pays nothing back (contract section 6).
 */
export function balanceOf(tally: Tally, behaviour: Behaviour): bigint {
  const paidPart = BigInt(UNIT - behaviour.DISCOUNT_BASIS_POINTS);
  let balance = behaviour.startingBalance;
  for (const [currency, sum] of tally.acceptedSums) {
    const paid = (sum * paidPart) / BigInt(UNIT);
    balance -= convert(behaviour.rates, currency, behaviour.WALLET_CURRENCY, paid);
  }
  return balance;
}
