import { Client, type QueryResultRow } from 'pg';

/** What a run looks up in the ledger: by SQL, as its reader or owner, with none of the ledger's code. */
export interface Look {
  /** Throws what pg throws, also where the database is away. */
  rows<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Whether a fault would hit anything now; while the database is away, the last answer. */
  isUnderWay(): Promise<boolean>;
}

/** More is a database that hangs. */
const QUERY_MS = 60_000;
const CONNECT_MS = 5_000;

/** A connection per question: the database comes and goes here. */
export function openLook(url: string): Look {
  let underWay = false;
  const rows = async <Row extends QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ) => {
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
    });
    client.on('error', () => undefined); // said by the query that it breaks
    try {
      await client.connect();
      return (await client.query<Row>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  return {
    rows,
    async isUnderWay() {
      try {
        const [found] = await rows<{ some: boolean }>(UNDER_WAY);
        underWay = found?.some ?? false;
      } catch {
        return underWay; // the database is away: that is one of the faults
      }
      return underWay;
    },
  };
}

/** Whether a batch was released; false also while the database is away. */
export async function isReleased(look: Look, reference: string): Promise<boolean> {
  try {
    const found = await look.rows(
      `SELECT 1 FROM v_batches WHERE client_reference = $1 AND state NOT IN ('receiving', 'checked')`,
      [reference],
    );
    return found.length > 0;
  } catch {
    return false; // the database is away
  }
}

const UNDER_WAY = `SELECT EXISTS (SELECT 1 FROM v_batches WHERE state = 'receiving')
  OR EXISTS (SELECT 1 FROM v_lines WHERE state IN ('queued', 'held', 'sending', 'unresolved')) AS some`;
