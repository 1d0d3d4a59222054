import { describeStatementFault, type StatementFault } from '@salio/domain';

/** Rows of a statement that can't be: nothing of it is imported. Names the first of them, STATEMENT_FAULTS_MAX at most. */
export class StatementRefused extends Error {
  readonly code = 'STATEMENT_REFUSED';
  override readonly name = 'StatementRefused';
  readonly faults: readonly StatementFault[];

  constructor(faults: readonly StatementFault[]) {
    const [first] = faults;
    super(
      first
        ? `the statement is refused: row ${first.row}: ${describeStatementFault(first)}`
        : 'the statement is refused: it has no rows',
    );
    this.faults = faults;
  }
}

/** Rows that are named of a statement that is refused: as many as a person mends before looking again. */
export const STATEMENT_FAULTS_MAX = 20;
