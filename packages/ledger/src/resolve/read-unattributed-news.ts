import {
  currency,
  maskMsisdn,
  planAdoption,
  type AdoptionDoubt,
  type AdoptionGroup,
  type Money,
} from '@salio/domain';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import type { AdoptionTerms } from './find-adoptions.ts';
import { readAdoptionGroups, type Wish } from './read-adoption-groups.ts';

/** A request id that the provider told of and no line has. */
export interface UnattributedNews {
  readonly requestId: string;
  readonly account: string;
  /** The provider's word in its newest notification. */
  readonly status: string;
  /** Masked; undefined where it names none. */
  readonly msisdn: string | undefined;
  readonly amount: Money | undefined;
  /** When it came first. */
  readonly receivedAt: Date;
  /**
   * Why no line has it: `asked` or a doubt (ADOPTION_DOUBTS says it in words), `waiting` where more may come.
   */
  readonly because: AdoptionDoubt | 'asked' | 'waiting';
}

export interface UnattributedNewsList {
  /** Request ids that are unknown for longer than the wait. */
  readonly ids: number;
  /** Those of them of which it was said that they were paid. */
  readonly successes: number;
  /** The oldest of them. */
  readonly examples: readonly UnattributedNews[];
}

/** News that nobody knows the line of, for people; `examples` at most are listed. Changes nothing. */
export async function readUnattributedNews(
  ledger: Ledger,
  terms: AdoptionTerms,
  examples: number,
): Promise<UnattributedNewsList> {
  return inTransaction(
    ledger,
    async (client) => {
      const waitSeconds = terms.waitMs / 1000;
      const [count] = await run<{ ids: number; successes: number }>(client, COUNT, [waitSeconds]);
      const rows = await run<Row>(client, READ_OLDEST, [waitSeconds, examples]);
      const named = rows.flatMap((row) => wishOf(row) ?? []);
      const groups = await readAdoptionGroups(client, named);
      const groupOf = new Map(named.map((wish, index) => [nameOf(wish), groups[index]]));
      const at = { waitMs: terms.waitMs, nowMs: rows[0]?.now_ms ?? 0 };
      return {
        ids: count?.ids ?? 0,
        successes: count?.successes ?? 0,
        examples: rows.map((row) => {
          const wish = wishOf(row);
          const because = wish ? explain(row, groupOf.get(nameOf(wish)), at) : 'no_wish';
          return toNews(row, wish, because);
        }),
      };
    },
    'byKey',
  );
}

interface Row {
  request_id: string;
  account: string;
  status: string;
  msisdn: string | null;
  currency: string | null;
  amount: string | null;
  received_at: Date;
  asked: boolean;
  now_ms: number;
}

function explain(
  row: Row,
  group: AdoptionGroup | undefined,
  at: { readonly waitMs: number; readonly nowMs: number },
): UnattributedNews['because'] {
  // It has become known since: it is about to be applied.
  if (!group?.ids.some(({ requestId }) => requestId === row.request_id)) return 'waiting';
  const plan = planAdoption(group, at);
  switch (plan.kind) {
    case 'wait':
      return 'waiting';
    case 'worklist':
      return plan.because;
    case 'adopt':
      return row.asked ? 'not_confirmed' : 'asked';
  }
}

function wishOf({ account, msisdn, currency: code, amount }: Row): Wish | undefined {
  if (msisdn === null || code === null || amount === null) return undefined;
  return { account, msisdn, currency: code, amount };
}

function nameOf({ account, msisdn, currency: code, amount }: Wish): string {
  return JSON.stringify([account, msisdn, code, amount]);
}

function toNews(
  row: Row,
  wish: Wish | undefined,
  because: UnattributedNews['because'],
): UnattributedNews {
  return {
    requestId: row.request_id,
    account: row.account,
    status: row.status,
    msisdn: row.msisdn === null ? undefined : maskMsisdn(row.msisdn),
    amount: wish && { currency: currency(wish.currency), units: BigInt(wish.amount) },
    receivedAt: row.received_at,
    because,
  };
}

const UNKNOWN = `i.received_at <= now() - make_interval(secs => $1)
  AND NOT EXISTS (SELECT 1 FROM endings e WHERE e.request_id = i.request_id)
  AND NOT EXISTS (SELECT 1 FROM adoptions d WHERE d.request_id = i.request_id)`;

const COUNT = {
  name: 'count-unattributed-news',
  text: `SELECT count(DISTINCT i.request_id)::int AS ids,
      count(DISTINCT i.request_id) FILTER (WHERE i.status = 'Success')::int AS successes
    FROM inbox i WHERE ${UNKNOWN}`,
};

/** Numbers of notifications follow the time, so the oldest are found without a sort. What names a phone says most of an id. */
const READ_OLDEST = {
  name: 'read-oldest-unattributed-news',
  text: `WITH oldest AS (
      SELECT i.request_id, min(i.notification_id) AS first FROM (
        SELECT i.* FROM inbox i WHERE ${UNKNOWN} ORDER BY i.notification_id LIMIT $2
      ) i GROUP BY 1
    )
    SELECT o.request_id, n.account, n.status, n.msisdn, n.currency, n.amount, f.received_at,
      EXISTS (SELECT 1 FROM enquiries q WHERE q.request_id = o.request_id) AS asked,
      extract(epoch FROM clock_timestamp())::float8 * 1000 AS now_ms
    FROM oldest o
    JOIN inbox f ON f.notification_id = o.first
    CROSS JOIN LATERAL (
      SELECT * FROM inbox n WHERE n.request_id = o.request_id
      ORDER BY n.msisdn IS NULL, n.notification_id DESC LIMIT 1
    ) n
    ORDER BY o.first`,
};
