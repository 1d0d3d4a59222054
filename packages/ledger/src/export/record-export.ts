import type { BatchId } from '@salio/domain';
import { inTransaction, type Ledger } from '../connection.ts';
import { recordAction, type Ordered } from '../operator.ts';

/** Who was shown phones in a file, and which. */
export interface ExportOrder extends Ordered {
  /** Of what: lines, attempts. */
  readonly kind: string;
  readonly batchId?: BatchId;
  /** What was asked for; no phone stands in it whole, for this can't be deleted. */
  readonly filters: Readonly<Record<string, unknown>>;
}

/** Writes down that phones are about to be shown; before the first one is. */
export async function recordExportBegun(ledger: Ledger, order: ExportOrder): Promise<void> {
  await record(ledger, order, 'export.begin', {});
}

/** Writes down how it ended: how many rows were given, and whether these were all. */
export async function recordExportEnded(
  ledger: Ledger,
  order: ExportOrder,
  end: { readonly rows: number; readonly whole: boolean },
): Promise<void> {
  await record(ledger, order, 'export.end', end);
}

async function record(
  ledger: Ledger,
  { kind, filters, ...order }: ExportOrder,
  verb: string,
  end: Readonly<Record<string, unknown>>,
): Promise<void> {
  const detail = { filters, phones: true, ...end };
  await inTransaction(ledger, (client) =>
    recordAction(client, { ...order, verb, subject: kind, detail }),
  );
}
