import type { Role } from '@salio/domain';
import type { z } from 'zod';
import type { Desk } from '../desk.ts';
import { flag } from '../fields.ts';
import type { Who } from '../who.ts';
import { writePages, type Column } from './write-pages.ts';

type Fields = z.ZodObject;

/** What can be had as a file of CSV. */
export interface Export<Query extends Fields = Fields> {
  /** Its name in the API's document, for ever. */
  readonly id: string;
  /** Of what: the last part of its path, and what the command line calls it. */
  readonly kind: string;
  readonly path: `/v1/exports/${string}`;
  readonly tag: 'exports';
  readonly says: string;
  readonly tells: string;
  /** One of these is enough; empty: every key. */
  readonly roles: readonly Role[];
  readonly query: Query;
  readonly columns: readonly Pick<Column<never>, 'name' | 'says'>[];
  /** Looks up what the query names. Throws Invalid and NotFound. */
  open(desk: Desk, who: Who, query: z.output<Query>): Promise<Opened>;
}

/** A file that is about to be written. */
export interface Opened {
  /** Read as they are taken, once. */
  readonly pieces: AsyncIterator<string>;
  /** How many rows the pieces had so far. */
  readonly rows: () => number;
}

type Told<Query extends Fields, Row> = Pick<Export<Query>, 'kind' | 'says' | 'tells' | 'query'> & {
  readonly roles?: readonly Role[];
  readonly columns: readonly Column<Row>[];
  /** Looks up what the query names, and then reads page by page. */
  read(desk: Desk, who: Who, query: z.output<Query>): Promise<AsyncIterable<readonly Row[]>>;
};

/** Asks for phones as they are, in the query of an export that has any. */
export const phonesField = flag
  .optional()
  .describe(
    'Phones whole. Takes the role submitter, operator, approver or auditor, and is written down.',
  );

/** Whether phones are to be shown. */
export function asksPhones(query: Readonly<Record<string, unknown>>): boolean {
  return query['phones'] === true;
}

/** Makes an export, with what all of them have. */
export function exportOf<Row, Query extends Fields>(told: Told<Query, Row>): Export<Query> {
  const { kind, says, tells, query, columns, roles = [] } = told;
  return {
    id: `export${kind.charAt(0).toUpperCase()}${kind.slice(1)}`,
    path: `/v1/exports/${kind}`,
    tag: 'exports',
    kind,
    says,
    tells,
    roles,
    query,
    columns,
    async open(desk, who, asked) {
      return writePages(await told.read(desk, who, asked), columns, asksPhones(asked));
    },
  };
}
