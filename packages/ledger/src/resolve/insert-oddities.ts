import type { PoolClient } from 'pg';
import { storable } from '../storable.ts';
import { run } from '../sql.ts';
import type { LineName } from './line-facts.ts';

/** Something odd about a line. The same kind and detail are the same oddity. */
export interface LineOddity extends LineName {
  readonly kind: string;
  readonly detail: string;
}

/** Writes down what a person should know, once: news is repeated. The caller has locked the lines. */
export async function insertOddities(
  client: PoolClient,
  oddities: readonly LineOddity[],
): Promise<void> {
  if (oddities.length === 0) return;
  await run(client, INSERT, [
    oddities.map(({ kind }) => kind),
    oddities.map(({ batchNo }) => batchNo),
    oddities.map(({ seq }) => seq),
    oddities.map(({ detail }) => storable(detail.slice(0, 1000))),
  ]);
}

const INSERT = {
  name: 'insert-oddities',
  text: `INSERT INTO discrepancies (kind, batch_no, seq, detail)
    SELECT DISTINCT u.kind, u.batch_no, u.seq, u.detail
    FROM unnest($1::text[], $2::int[], $3::int[], $4::text[]) AS u(kind, batch_no, seq, detail)
    WHERE NOT EXISTS (SELECT 1 FROM discrepancies d WHERE d.batch_no = u.batch_no AND d.seq = u.seq
      AND d.kind = u.kind AND d.detail = u.detail)`,
};
