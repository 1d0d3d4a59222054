import type { Limits } from '../limits.ts';
import { type Money, readMoney } from '../money.ts';
import { readPhone } from '../phone.ts';
import { type AcceptedTrick, scenarioOf, TEXTS } from '../scenario.ts';
import type { Asked } from './send-request.ts';

/** What the stand-in thinks of one recipient, before anything is booked. */
export type Verdict = RefusedVerdict | AcceptedVerdict;

export interface RefusedVerdict {
  readonly kind: 'refused';
  readonly asked: Asked;
  readonly money: Money | undefined;
  readonly errorMessage: string;
}

export interface AcceptedVerdict {
  readonly kind: 'accepted';
  readonly asked: Asked;
  readonly phone: number;
  readonly money: Money;
  readonly trick: AcceptedTrick;
}

/** That of an accepted recipient whose phone asks for nothing. */
export const PLAIN_TRICK: AcceptedTrick = { kind: 'accepted' };

/**
 * Judges one recipient: its phone, its amount against its currency's limits (contract section 2), its scenario. A currency
 * without limits and an amount that can't be read get the one text that recordings show for amounts.
 */
export function judge(asked: Asked, limits: Limits, magic: boolean): Verdict {
  const money = readMoney(asked.amount);
  const phone = readPhone(asked.phoneNumber);
  const refuse = (errorMessage: string): Verdict => ({
    kind: 'refused',
    asked,
    money,
    errorMessage,
  });
  if (phone === undefined) return refuse(TEXTS.invalidPhone);
  const limit = money && limits.get(money.currency);
  if (!limit || money.tenThousandths < limit.least || money.tenThousandths > limit.most) {
    return refuse(TEXTS.outsideLimits);
  }
  const scenario = magic ? scenarioOf(phone) : undefined;
  if (scenario?.scope !== 'line')
    return { kind: 'accepted', asked, phone, money, trick: PLAIN_TRICK };
  if (scenario.line.kind === 'refused') return refuse(scenario.line.errorMessage);
  return { kind: 'accepted', asked, phone, money, trick: scenario.line };
}
