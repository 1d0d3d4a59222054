import { listStatements, readStatement } from '@salio/ledger';
import { z } from 'zod';
import { pageSize, whole } from '../fields.ts';
import { given } from '../given.ts';
import { operation } from '../operation.ts';
import { showStatement, statement } from './statement.ts';

/** Numbers of statements are 32 bits. */
const NUMBER_MAX = 2_147_483_647;
export const statementNumber = whole(1, NUMBER_MAX);

export const listStatementsOperation = operation({
  id: 'listStatements',
  method: 'GET',
  path: '/v1/statements',
  tag: 'statements',
  says: 'Statements that were imported, the newest first',
  tells: 'With what was found when each was held against the ledger.',
  roles: ['operator', 'approver', 'auditor'],
  query: z.strictObject({
    account: z.string().min(1).max(128).optional(),
    before: statementNumber.optional().describe('The next of a page.'),
    limit: pageSize,
  }),
  answer: z
    .object({ statements: z.array(statement).readonly(), next: z.int().optional() })
    .meta({ id: 'Statements' }),
  async run({ ledger }, _who, { query }) {
    const { limit, ...rest } = query;
    const statements = await listStatements(ledger, { ...given(rest), limit });
    return {
      statements: statements.map(showStatement),
      next: statements.length < limit ? undefined : statements.at(-1)?.no,
    };
  },
});

export const readStatementOperation = operation({
  id: 'readStatement',
  method: 'GET',
  path: '/v1/statements/{statement}',
  tag: 'statements',
  says: 'One statement',
  tells:
    'What it was, and what was found when it was held against the ledger. Its discrepancies are listed by listDiscrepancies.',
  roles: ['operator', 'approver', 'auditor'],
  params: z.strictObject({ statement: statementNumber }),
  answer: statement,
  async run({ ledger }, _who, { params }) {
    return showStatement(await readStatement(ledger, params.statement));
  },
});
