import type { Book } from '../book/book.ts';
import { showMoney } from '../money.ts';
import { TEXTS } from '../scenario.ts';
import type { Behaviour } from '../settings.ts';
import { type Answer, type AnswerLine, discountOf, refusedLine } from './answer.ts';
import { Totals } from './totals.ts';
import type { Verdict } from './verdict.ts';

/**
 * Books what was accepted, in the order of the request, and writes the answer, in the same order. `request` gives the place
 * of the request in the book and is asked only where there is something to book.
 */
export function creditAll(
  book: Book,
  behaviour: Behaviour,
  verdicts: readonly Verdict[],
  request: () => number,
): Answer {
  const totals = new Totals();
  const responses: AnswerLine[] = [];
  let numSent = 0;
  for (const verdict of verdicts) {
    if (verdict.kind === 'refused') responses.push(refusedLine(verdict));
    else {
      numSent += 1;
      const line = creditOne(book, behaviour, verdict, request(), totals);
      list(responses, line, verdict.trick.listed);
    }
  }
  const errorMessage = numSent === 0 ? TEXTS.allBad : 'None';
  return { errorMessage, numSent, ...totals.shown(behaviour), responses };
}

function creditOne(
  book: Book,
  behaviour: Behaviour,
  verdict: Extract<Verdict, { kind: 'accepted' }>,
  request: number,
  totals: Totals,
): AnswerLine {
  const { trick, phone, asked } = verdict;
  const { currency } = verdict.money;
  const tenThousandths = trick.halved
    ? Math.floor(verdict.money.tenThousandths / 2)
    : verdict.money.tenThousandths;
  const credit = { phone, currency, tenThousandths, credited: !trick.telcoFails };
  const requestId = book.addCredit(credit, request);
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
