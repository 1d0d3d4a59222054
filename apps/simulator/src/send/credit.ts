import type { Book } from '../book/book.ts';
import type { Credit } from '../book/credits.ts';
import { showMoney } from '../money.ts';
import { TEXTS } from '../scenario.ts';
import type { Behaviour } from '../settings.ts';
import { type Answer, type AnswerLine, discountOf, refusedLine } from './answer.ts';
import { Totals } from './totals.ts';
import type { AcceptedVerdict, Verdict } from './verdict.ts';

/**
 * Books what was accepted, in the order of the request, and writes the answer, in the same order. `become` says as what a
 * line is booked. `request` gives the place of the request in the book and is asked only where there is something to book.
 */
export function creditAll(
  book: Book,
  behaviour: Behaviour,
  verdicts: readonly Verdict[],
  become: (credit: Credit) => Credit,
  request: () => number,
): Answer {
  const totals = new Totals();
  const responses: AnswerLine[] = [];
  let numSent = 0;
  for (const verdict of verdicts) {
    if (verdict.kind === 'refused') responses.push(refusedLine(verdict));
    else {
      numSent += 1;
      const credit = become(creditOf(verdict));
      const requestId = book.addCredit(credit, request());
      const line = showOne(book, behaviour, verdict, { ...credit, requestId }, totals);
      list(responses, line, verdict.trick.listed);
    }
  }
  const errorMessage = numSent === 0 ? TEXTS.allBad : 'None';
  return { errorMessage, numSent, ...totals.shown(behaviour), responses };
}

/** Books what was accepted as credits to come, and gives back how many. */
export function putOffAll(
  book: Book,
  verdicts: readonly Verdict[],
  request: number,
  dueMs: number,
): number {
  const accepted = verdicts.filter((verdict) => verdict.kind === 'accepted');
  for (const verdict of accepted) book.putOff(creditOf(verdict), request, dueMs);
  return accepted.length;
}

function creditOf({ trick, phone, money }: AcceptedVerdict): Credit {
  const { currency } = money;
  const tenThousandths = trick.halved ? Math.floor(money.tenThousandths / 2) : money.tenThousandths;
  return { phone, currency, tenThousandths, credited: !trick.telcoFails };
}

/** The line of a credit that was booked last. */
function showOne(
  book: Book,
  behaviour: Behaviour,
  { trick, asked }: AcceptedVerdict,
  { currency, tenThousandths, requestId }: Credit & { readonly requestId: string },
  totals: Totals,
): AnswerLine {
  const discount = discountOf(tenThousandths, behaviour.DISCOUNT_BASIS_POINTS);
  totals.add(currency, tenThousandths, discount);
  return {
    phoneNumber: asked.phoneNumber,
    errorMessage: trick.errorMessage ?? 'None',
    amount: showMoney(currency, tenThousandths),
    status: trick.status ?? 'Sent',
    requestId: shownId(book, requestId, trick.requestId),
    discount: showMoney(currency, discount),
  };
}

/** The book's first credit has none before it and shows its own id. */
function shownId(book: Book, own: string, asked: 'None' | 'previous' | undefined): string {
  if (asked === 'None') return 'None';
  if (asked === undefined || book.credits.count < 2) return own;
  return book.credits.requestIdAt(book.credits.count - 2);
}

function list(
  responses: AnswerLine[],
  line: AnswerLine,
  listed: 'never' | 'twice' | 'also as Failed' | undefined,
): void {
  if (listed === 'never') return;
  responses.push(line);
  if (listed === 'twice') responses.push(line);
  if (listed === 'also as Failed') {
    responses.push({
      ...line,
      errorMessage: TEXTS.outsideLimits,
      status: 'Failed',
      requestId: 'None',
      discount: '0',
    });
  }
}
