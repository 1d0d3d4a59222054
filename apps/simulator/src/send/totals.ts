import { showLargeMoney } from '../money.ts';
import { convert } from '../rates.ts';
import type { Behaviour } from '../settings.ts';

/** Sums one request's accepted lines by currency. Safe integers: see HIGHEST_RECIPIENTS. */
export class Totals {
  readonly #sums = new Map<string, { amount: number; discount: number }>();

  add(currency: string, amount: number, discount: number): void {
    const sum = this.#sums.get(currency);
    if (!sum) this.#sums.set(currency, { amount, discount });
    else {
      sum.amount += amount;
      sum.discount += discount;
    }
  }

  /** The totals as the answer shows them: in the wallet's currency, "0" where nothing was sent (contract section 1.2). */
  shown(behaviour: Behaviour): { totalAmount: string; totalDiscount: string } {
    if (this.#sums.size === 0) return { totalAmount: '0', totalDiscount: '0' };
    const wallet = behaviour.WALLET_CURRENCY;
    const net = behaviour.TOTALS === 'net';
    const { amount, discount } = this.inWallet(behaviour);
    return {
      totalAmount: showLargeMoney(wallet, net ? amount - discount : amount),
      totalDiscount: showLargeMoney(wallet, discount),
    };
  }

  /** In ten-thousandths of the wallet's currency. */
  inWallet(behaviour: Behaviour): { amount: bigint; discount: bigint } {
    let [amount, discount] = [0n, 0n];
    for (const [currency, sum] of this.#sums) {
      const inWallet = (value: number) =>
        convert(behaviour.rates, currency, behaviour.WALLET_CURRENCY, BigInt(value));
      amount += inWallet(sum.amount);
      discount += inWallet(sum.discount);
    }
    return { amount, discount };
  }
}
