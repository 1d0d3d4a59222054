import type { Book } from '../book/book.ts';
import { UNIT } from '../money.ts';
import { TEXTS } from '../scenario.ts';
import type { Behaviour } from '../settings.ts';
import { balanceOf } from '../wallet.ts';
import { discountOf } from './answer.ts';
import { Totals } from './totals.ts';
import type { Verdict } from './verdict.ts';

/** Why the settings have a whole request refused, in the provider's words (contract section 1.5); undefined where they don't. */
export function wholeRefusal(
  book: Book,
  behaviour: Behaviour,
  verdicts: readonly Verdict[],
): string | undefined {
  if (!behaviour.ENABLED) return TEXTS.notEnabled;
  if (behaviour.REFUSAL_TEXT !== undefined) return behaviour.REFUSAL_TEXT;
  if (overTrialLimit(behaviour, verdicts)) return TEXTS.trialLimit;
  if (
    behaviour.BALANCE_ENFORCED &&
    costOf(behaviour, verdicts) > balanceOf(book.tally, behaviour)
  ) {
    return behaviour.BALANCE_TEXT;
  }
  return undefined;
}

function overTrialLimit(behaviour: Behaviour, verdicts: readonly Verdict[]): boolean {
  if (behaviour.TRIAL_LIMIT === 0) return false;
  const most = behaviour.TRIAL_LIMIT * UNIT;
  return verdicts.some(
    (verdict) => verdict.kind === 'accepted' && verdict.money.tenThousandths > most,
  );
}

/** What the wallet would pay, in ten-thousandths of its currency. */
function costOf(behaviour: Behaviour, verdicts: readonly Verdict[]): bigint {
  const totals = new Totals();
  for (const verdict of verdicts) {
    if (verdict.kind === 'refused') continue;
    const { currency, tenThousandths } = verdict.money;
    const discount = discountOf(tenThousandths, behaviour.DISCOUNT_BASIS_POINTS);
    totals.add(currency, tenThousandths, discount);
  }
  const { amount, discount } = totals.inWallet(behaviour);
  return amount - discount;
}
