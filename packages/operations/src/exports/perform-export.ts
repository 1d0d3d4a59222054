import { maskPhones, type Role } from '@salio/domain';
import { recordExportBegun, recordExportEnded, type ExportOrder } from '@salio/ledger';
import { z } from 'zod';
import type { Desk } from '../desk.ts';
import { checkRole } from '../operation.ts';
import { orderedBy, type Who } from '../who.ts';
import { asksPhones, type Export } from './export.ts';

/** Who may have phones whole in a file: whoever works with them. */
const PHONE_READERS: readonly Role[] = ['submitter', 'operator', 'approver', 'auditor'];

/**
 * Reads what was asked for, and gives the file piece by piece; nothing more is read while nobody takes any. Whoever stops taking
 * them calls `return`. That phones are shown is written down before they are, and at the end how many rows were given. Throws
 * Forbidden, Invalid, ZodError, and what the ledger throws, before there is a piece; what taking one throws means that the
 * file is not whole.
 */
export async function performExport(
  { desk, who }: { readonly desk: Desk; readonly who: Who },
  op: Export,
  asked: unknown,
): Promise<AsyncIterableIterator<string>> {
  checkRole(op, who);
  const { query } = z.object({ query: op.query }).parse({ query: asked ?? {} });
  const phones = asksPhones(query);
  if (phones) checkRole({ id: `${op.id} with phones`, roles: PHONE_READERS }, who);
  const { pieces, rows } = await op.open(desk, who, query);
  if (!phones) return begun(pieces, () => Promise.resolve());
  const order = orderOf(op, who, query);
  await recordExportBegun(desk.ledger, order);
  return begun(pieces, (whole) => recordExportEnded(desk.ledger, order, { rows: rows(), whole }));
}

/** Takes the first piece at once. `end` is awaited before the last word, once, whoever ends it. */
async function begun(
  pieces: AsyncIterator<string>,
  end: (whole: boolean) => Promise<void>,
): Promise<AsyncIterableIterator<string>> {
  let ended = false;
  const endOnce = async (whole: boolean) => {
    if (ended) return;
    ended = true;
    await end(whole);
  };
  const take = async () => {
    try {
      const next = await pieces.next();
      if (next.done) await endOnce(true);
      return next;
    } catch (error) {
      await endOnce(false);
      throw error;
    }
  };
  let first: IteratorResult<string> | undefined = await take();
  const iterator: AsyncIterableIterator<string> = {
    [Symbol.asyncIterator]: () => iterator,
    async next() {
      const next = first ?? (await take());
      first = undefined;
      return next;
    },
    async return() {
      await pieces.return?.();
      await endOnce(false);
      return { done: true, value: undefined };
    },
  };
  return iterator;
}

/** What is written down of the filters can't be deleted: a phone among them is masked. */
function orderOf(
  { kind, query: fields }: Export,
  who: Who,
  query: z.output<z.ZodObject>,
): ExportOrder {
  // safe because an object is encoded as one
  const filters = z.encode(fields, query) as Readonly<Record<string, unknown>>;
  const told = Object.entries(filters).filter(
    ([name, value]) => name !== 'phones' && value !== undefined,
  );
  return {
    ...orderedBy(who),
    kind,
    filters: Object.fromEntries(
      told.map(([name, value]) => [name, typeof value === 'string' ? maskPhones(value) : value]),
    ),
  };
}
