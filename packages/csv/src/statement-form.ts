import type { StatementColumn } from '@salio/domain';
import type { Encoding } from './file-form.ts';

/** How a provider's statement is written, as far as it does not say so itself. */
export interface StatementForm {
  /** What the file calls its columns; one that is not here has our own name, or is not there. */
  readonly columns: ReadonlyMap<StatementColumn, string>;
  /** Columns of the file that are known, and not read. */
  readonly ignore: readonly string[];
  /** Where it is not UTF-8 and has no byte order mark. */
  readonly encoding?: Encoding | undefined;
}

/** Without these nobody can say which line a row speaks of, or what it says. */
export const STATEMENT_COLUMNS_NEEDED = [
  'requestId',
  'amount',
  'status',
] as const satisfies readonly StatementColumn[];
