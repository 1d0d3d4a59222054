import { maskMsisdn, readMsisdn } from '@salio/domain';
import { searchLines, type FoundLines, type LineCursor, type LineQuery } from '@salio/ledger';
import { withLedger, type Output } from '../context.ts';
import { printJson, printTable } from '../output.ts';
import { UsageError } from '../usage-error.ts';
import { limitOf } from './reads.ts';

/** Lines read from the ledger at once. */
const PAGE = 1_000;

export interface FindOptions {
  readonly phone?: string;
  readonly reference?: string;
  readonly source?: string;
  readonly requestId?: string;
  readonly limit: string;
  readonly phones?: true;
}

/** Lines of any batch: by phone, by the submitter's reference, or by the provider's request id. */
export async function find(options: FindOptions & Output): Promise<void> {
  const search = searchOf(options);
  let left = limitOf(options.limit, 1_000_000);
  await withLedger(async (ledger) => {
    let before: LineCursor | undefined;
    while (left > 0) {
      const limit = Math.min(PAGE, left);
      const page = await searchLines(ledger, { ...search, limit, ...(before && { before }) });
      print(page.lines, options);
      left -= page.lines.length;
      before = page.next;
      if (!before) return;
    }
  });
}

function searchOf({ phone, reference, source, requestId }: FindOptions): LineQuery {
  const given = [phone, reference, requestId].filter((value) => value !== undefined);
  if (given.length !== 1) throw new UsageError('name one of --phone, --reference and --request-id');
  if (source !== undefined && reference === undefined)
    throw new UsageError('--source goes with --reference');
  if (reference !== undefined) return { reference, ...(source && { source }) };
  if (requestId !== undefined) return { requestId };
  const reading = readMsisdn(phone ?? '', undefined);
  if (!reading.ok) throw new UsageError('--phone is a mobile number with its plus: +254711000001');
  return { phone: reading.msisdn };
}

type Found = FoundLines['lines'];

function print(lines: Found, { json, phones }: FindOptions & Output): void {
  const phone = (msisdn: string | null) => (phones ? (msisdn ?? '') : maskMsisdn(msisdn ?? ''));
  if (json) {
    for (const line of lines) printJson({ ...line, msisdn: phone(line.msisdn) });
    return;
  }
  printTable(
    ['batch', 'line', 'reference', 'phone', 'amount', 'state', 'request id', 'updated', 'reason'],
    lines.map((line) => [
      line.clientReference,
      String(line.seq),
      line.reference ?? '',
      phone(line.msisdn),
      `${line.currency} ${line.amount}`,
      line.state,
      line.requestId ?? '',
      line.updatedAt.toISOString(),
      line.errorText ?? line.reason ?? '',
    ]),
  );
}
