import { createHash } from 'node:crypto';
import { readStatement as readRows } from '@salio/csv';
import { DEFAULT_TARIFFS } from '@salio/domain';
import { importStatement } from '@salio/ledger';
import { z } from 'zod';
import type { Desk } from '../desk.ts';
import { moment } from '../fields.ts';
import { operation, type Upload } from '../operation.ts';
import { orderedBy, type Who } from '../who.ts';
import { formOfProfile, meaningOfProfile, profileInQuery, statementProfile } from './profile.ts';
import { importedStatement, showStatement } from './statement.ts';

const head = {
  account: z
    .string()
    .min(1)
    .max(128)
    .describe('The provider account that it is of, as workers log it: africastalking/…'),
  from: moment.describe('It lists all that was done from this moment on'),
  to: moment.describe('up to this one, and without it.'),
};

const query = z.strictObject({
  ...head,
  profile: profileInQuery.optional().describe('As in a body of JSON, as text.'),
});

interface Told {
  readonly account: string;
  readonly from: Date;
  readonly to: Date;
  readonly profile?: z.output<typeof statementProfile> | undefined;
}

const csv: Upload<typeof query, typeof importedStatement> = {
  type: 'text/csv',
  says: 'A file as text/csv is read as it comes; what is said of it stands in the query then.',
  query,
  run: async (desk, who, { query: told, bytes }) => bringIn({ desk, who }, told, bytes),
};

export const importStatementOperation = operation({
  id: 'importStatement',
  method: 'POST',
  path: '/v1/statements',
  tag: 'statements',
  says: 'Import a statement of the provider',
  tells: `Every row is held against the ledger by its request id: what is missing on either side, or differs, becomes a discrepancy, once. What it
    says of lines that are not final is evidence, and moves them as a notification would. All of the file or nothing: a row that can't be, a
    row that stands twice and a column that the profile doesn't know refuse it (statement_refused names the rows). The same file again is
    answered as the first time (200), and changes nothing.`,
  roles: ['operator', 'approver'],
  body: z
    .strictObject({
      ...head,
      profile: statementProfile.optional(),
      csv: z.string().min(1).describe('The file, as text.'),
    })
    .meta({ id: 'StatementOrder' }),
  upload: csv,
  answer: importedStatement,
  status: 201,
  statusOf: ({ again }) => (again ? 200 : 201),
  async run(desk, who, { body }) {
    const { csv: text, ...told } = body;
    return bringIn({ desk, who }, told, whole(text));
  },
});

async function bringIn(
  { desk, who }: { readonly desk: Desk; readonly who: Who },
  { account, from, to, profile = {} }: Told,
  bytes: AsyncIterable<Uint8Array>,
): Promise<z.output<typeof importedStatement>> {
  const hash = createHash('sha256');
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const given = {
    account,
    from,
    to,
    rows: readRows(hashed(), formOfProfile(profile)),
    fileHash: () => hash.digest(),
    profile: meaningOfProfile(profile),
    profileGiven: profile,
    zone: profile.time?.format === 'iso' ? undefined : profile.time?.zone,
  };
  const tariffs = desk.intake?.tariffs ?? DEFAULT_TARIFFS;
  const done = await importStatement(desk.ledger, given, orderedBy(who), tariffs);
  return { ...showStatement(done), again: done.again };
}

async function* whole(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
