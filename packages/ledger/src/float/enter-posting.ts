import {
  enteredSums,
  formatMoney,
  type EnteredPosting,
  type FloatSums,
  type Money,
} from '@salio/domain';
import { Conflict } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { enterControl } from '../control.ts';
import { recordAction, type Ordered } from '../operator.ts';
import { run } from '../sql.ts';
import { readFloatsWithin } from './read-floats.ts';
import { holdFloats } from './hold-floats.ts';
import { startWhereEnough } from './stop-for-float.ts';

export interface PostingOrder extends Ordered {
  readonly account: string;
  readonly kind: EnteredPosting;
  /** Above zero. */
  readonly amount: Money;
  /** What the bank, or the provider, calls it: once per account and kind, so that nothing is entered twice. */
  readonly reference: string;
  readonly reason?: string;
}

/** What an entered posting did. */
export interface PostingEntered {
  readonly postingId: string;
  /** False where the same was entered before: nothing was changed. */
  readonly entered: boolean;
  readonly sums: FloatSums;
}

/**
 * Enters what only people know: a top-up of the provider's wallet, what was taken out of it, a refund that came, one that will not
 * come. The same once more under its reference changes nothing. A top-up starts an account that was stopped for want of float. Throws Conflict
 * where the reference was used for another amount, or more would be refunded than is due.
 */
export async function enterPosting(ledger: Ledger, order: PostingOrder): Promise<PostingEntered> {
  const { account, kind, amount, reference, reason, ...by } = order;
  if (amount.units <= 0n) throw new RangeError('an amount that is posted is above zero');
  return inTransaction(ledger, async (client) => {
    const scope = `account:${account}` as const;
    await enterControl(client, scope);
    await holdFloats(client, scope);
    const sums = async () => {
      const floats = await readFloatsWithin(client, account);
      const found = floats.find((each) => each.currency === amount.currency);
      return found ?? { funded: 0n, reserved: 0n, spent: 0n, due: 0n };
    };
    const [known] = await run<Known>(client, FIND, [account, kind, reference]);
    const delta = enteredSums(kind, amount.units);
    if (known) {
      const same =
        known.currency === amount.currency &&
        BigInt(known.funded) === delta.funded &&
        BigInt(known.due) === delta.due;
      if (!same) throw new Conflict(`${kind} ${reference} was entered before, with another amount`);
      return { postingId: known.id, entered: false, sums: await sums() };
    }
    const before = await sums();
    if (before.due + delta.due < 0n) {
      throw new Conflict(
        `no more is due than ${formatMoney({ ...amount, units: before.due })}: it was a top-up, perhaps`,
      );
    }
    const [posted] = await run<{ id: string }>(client, INSERT, [
      account,
      amount.currency,
      kind,
      String(delta.funded),
      String(delta.due),
      reference,
      by.operator,
      reason ?? null,
    ]);
    if (!posted) throw new Error('a posting got no number');
    await recordAction(client, {
      ...by,
      verb: `float.${kind}`,
      subject: scope,
      ...(reason !== undefined && { reason }),
      detail: { amount: formatMoney(amount), reference, postingId: posted.id },
    });
    await startWhereEnough(client, account);
    return { postingId: posted.id, entered: true, sums: await sums() };
  });
}

interface Known {
  id: string;
  currency: string;
  funded: string;
  due: string;
}

const FIND = {
  name: 'find-posting',
  text: `SELECT id::text, currency, funded::text, due::text FROM postings
    WHERE account = $1 AND kind = $2 AND reference = $3`,
};

const INSERT = {
  name: 'enter-posting',
  text: `INSERT INTO postings (account, currency, kind, funded, due, reference, operator, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id::text`,
};
