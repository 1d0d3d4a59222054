import { showMoney, UNIT } from '../money.ts';
import type { RefusedVerdict } from './verdict.ts';

/** The documented answer to a send (contract section 1.2). */
export interface Answer {
  readonly errorMessage: string;
  readonly numSent: number;
  readonly totalAmount: string;
  readonly totalDiscount: string;
  readonly responses: readonly AnswerLine[];
}

export interface AnswerLine {
  readonly phoneNumber: string;
  readonly errorMessage: string;
  readonly amount: string;
  readonly status: string;
  readonly requestId: string;
  readonly discount: string;
}

/** The refusal of a whole request: no line of it is listed (contract section 1.5). */
export function refusalAnswer(errorMessage: string): Answer {
  return { errorMessage, numSent: 0, totalAmount: '0', totalDiscount: '0', responses: [] };
}

/** A refused recipient. An amount that can't be read is echoed as it came; what the provider does is unknown. */
export function refusedLine(verdict: RefusedVerdict): AnswerLine {
  const { money, asked } = verdict;
  return {
    phoneNumber: asked.phoneNumber,
    errorMessage: verdict.errorMessage,
    amount: money ? showMoney(money.currency, money.tenThousandths) : asked.amount,
    status: 'Failed',
    requestId: 'None',
    discount: '0',
  };
}

/** What the provider gives back for an amount, in ten-thousandths, rounded down. Below 2^53: see limits.ts. */
export function discountOf(tenThousandths: number, basisPoints: number): number {
  const product = tenThousandths * basisPoints;
  return (product - (product % UNIT)) / UNIT;
}
