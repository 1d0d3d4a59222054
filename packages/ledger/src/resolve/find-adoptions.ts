import { planAdoption, type FinalWord } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { TRUSTED } from '../recover/read-trust.ts';
import { run } from '../sql.ts';
import { readAdoptionGroups, type Wish } from './read-adoption-groups.ts';

export interface AdoptionTerms {
  /** How long after its news an unknown request id may be adopted: until then an answer may still bring it, ms. */
  readonly waitMs: number;
}

/** Request ids that are these lines', if the provider says the verdict of each when it is asked. */
export interface AdoptionProposal {
  readonly wish: Wish;
  readonly verdict: FinalWord;
  readonly requestIds: readonly string[];
}

/** Whose news is looked at. */
export interface AdoptionSearch extends AdoptionTerms {
  /** The provider account that can be asked. */
  readonly account: string;
  /** Most request ids that it can be asked for now. A proposal is asked for whole: the first may have more. */
  readonly limit: number;
}

/** Notifications looked at together: some ten milliseconds. */
const DUE_AT_ONCE = 100;
/** Held while looking: one scheduler at a time, the others pass. */
const ADOPT_LOCK = 7_254_016_007;
/** News that stays unknown is looked at after twice its age, and from then on daily: hardly a line is found later, ms. */
const LOOK_AGAIN_MAX_MS = 86_400_000;

/**
 * Looks at news that has waited long enough for an answer to bring its request id, and says for which ids the provider is to
 * be asked. Each is looked at again later, doubling, whatever becomes of it: who dies between this and `adopt` costs time
 * only. Nothing is found in a database that is not trusted: it may have forgotten lines.
 */
export async function findAdoptions(
  ledger: Ledger,
  search: AdoptionSearch,
): Promise<AdoptionProposal[]> {
  return inTransaction(
    ledger,
    async (client) => {
      const [may] = await run<{ held: boolean; trusted: boolean; now_ms: number }>(client, MAY, [
        ADOPT_LOCK,
      ]);
      if (!may?.held || !may.trusted) return [];
      const waitSeconds = search.waitMs / 1000;
      const asked = [search.account, waitSeconds, DUE_AT_ONCE];
      const due = await run<DueRow>(client, READ_DUE, asked);
      const rows = await run<DueStatementRow>(client, READ_DUE_ROWS, asked);
      if (due.length + rows.length === 0) return [];
      const at = { waitMs: search.waitMs, nowMs: may.now_ms };
      const { chosen, left } = choose(
        await propose(client, wishesOf([...due, ...rows]), at),
        search.limit,
      );
      const again = [
        chosen.flatMap(({ requestIds }) => requestIds),
        left.flatMap(({ requestIds }) => requestIds),
        waitSeconds,
        LOOK_AGAIN_MAX_MS / 1000,
      ];
      await run(client, LOOK_AGAIN, [due.map((row) => row.notification_id), ...again]);
      const names = [rows.map((row) => row.statement_no), rows.map(({ row }) => row)];
      await run(client, LOOK_AT_ROWS_AGAIN, [...names, ...again]);
      return chosen;
    },
    'byKey',
  );
}

/** The first that come to the limit; the others stay due. */
function choose(
  proposals: readonly AdoptionProposal[],
  limit: number,
): { chosen: AdoptionProposal[]; left: AdoptionProposal[] } {
  const chosen: AdoptionProposal[] = [];
  const left: AdoptionProposal[] = [];
  let ids = 0;
  for (const proposal of proposals) {
    ids += proposal.requestIds.length;
    (chosen.length === 0 || ids <= limit ? chosen : left).push(proposal);
  }
  return { chosen, left };
}

interface ToldWish {
  account: string;
  msisdn: string | null;
  currency: string | null;
  amount: string | null;
}

interface DueRow extends ToldWish {
  notification_id: string;
}

interface DueStatementRow extends ToldWish {
  statement_no: number;
  row: number;
}

async function propose(
  client: PoolClient,
  wishes: readonly Wish[],
  at: { readonly waitMs: number; readonly nowMs: number },
): Promise<AdoptionProposal[]> {
  const groups = await readAdoptionGroups(client, wishes);
  return wishes.flatMap((wish, index) => {
    const group = groups[index];
    if (!group || group.ids.length === 0) return [];
    const plan = planAdoption(group, at);
    if (plan.kind !== 'adopt') return [];
    const requestIds = group.ids.map(({ requestId }) => requestId);
    return [{ wish, verdict: plan.verdict, requestIds }];
  });
}

function wishesOf(rows: readonly ToldWish[]): Wish[] {
  const wishes = new Map<string, Wish>();
  for (const { account, msisdn, currency, amount } of rows) {
    if (msisdn === null || currency === null || amount === null) continue;
    wishes.set(JSON.stringify([account, msisdn, currency, amount]), {
      account,
      msisdn,
      currency,
      amount,
    });
  }
  return [...wishes.values()];
}

const MAY = {
  name: 'may-adopt',
  text: `SELECT pg_try_advisory_xact_lock($1) AS held, ${TRUSTED} AS trusted,
    extract(epoch FROM clock_timestamp())::float8 * 1000 AS now_ms`,
};

/** By the start of the transaction, which an index can be searched by; clock_timestamp() would read all of it. */
const READ_DUE = {
  name: 'read-news-to-adopt',
  text: `SELECT notification_id, account, msisdn, currency, amount FROM inbox
    WHERE account = $1 AND waits_from <= now() - make_interval(secs => $2)
    ORDER BY waits_from LIMIT $3`,
};

/** What statements say of ids that nobody knows, in the same way. */
const READ_DUE_ROWS = {
  name: 'read-statement-rows-to-adopt',
  text: `SELECT statement_no, row, account, msisdn, currency, amount FROM statement_inbox
    WHERE account = $1 AND waits_from <= now() - make_interval(secs => $2)
    ORDER BY waits_from LIMIT $3`,
};

/**
 * What names no phone or value is never looked at again: nothing will ever be found for it. Rows of the inbox are locked in
 * the order of their numbers, as by those who apply news.
 */
const LOOK_AGAIN = {
  name: 'look-again-for-lines',
  text: `WITH held AS (
      SELECT notification_id FROM inbox
      WHERE notification_id IN (SELECT unnest($1::bigint[])
          UNION SELECT i.notification_id FROM inbox i WHERE i.request_id = ANY($2))
        AND request_id <> ALL($3)
      ORDER BY notification_id FOR UPDATE
    )
    UPDATE inbox SET waits_from = CASE WHEN msisdn IS NULL OR currency IS NULL OR amount IS NULL THEN 'infinity'
      ELSE clock_timestamp() + least(clock_timestamp() - received_at, make_interval(secs => $5))
        - make_interval(secs => $4) END
    FROM held WHERE inbox.notification_id = held.notification_id`,
};

/** After rows of the inbox, wherever both are locked. One without a phone has no time to wait from. */
const LOOK_AT_ROWS_AGAIN = {
  name: 'look-at-statement-rows-again',
  text: `WITH held AS (
      SELECT i.statement_no, i.row FROM statement_inbox i
      WHERE ((i.statement_no, i.row) IN (SELECT * FROM unnest($1::int[], $2::int[])) OR i.request_id = ANY($3))
        AND i.request_id <> ALL($4) AND i.waits_from < 'infinity'
      ORDER BY i.statement_no, i.row FOR UPDATE
    )
    UPDATE statement_inbox i SET waits_from = clock_timestamp()
        + least(clock_timestamp() - i.received_at, make_interval(secs => $6)) - make_interval(secs => $5)
    FROM held WHERE i.statement_no = held.statement_no AND i.row = held.row`,
};
