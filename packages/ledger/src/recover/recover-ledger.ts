import { formatMoney } from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { enterControl } from '../control.ts';
import { checkSecondPerson, PROPOSAL_HOURS_MAX, recordAction, type Ordered } from '../operator.ts';
import { run, type Queryable } from '../sql.ts';
import { countWithin, RECOVERED_BATCHES, RECOVERED_LINES } from './count-claimable.ts';
import { nameIncarnation, readTrustWithin, type Incarnation } from './read-trust.ts';

/** Statements of a recovery, ms: it goes through every line of the ledger, and is better slow than broken off. */
const STATEMENT_TIMEOUT_MS = 3_600_000;
/** Held while recovering: two people who confirm at once are one recovery and one Conflict. */
const RECOVER_LOCK = 7_254_016_003;
const PROPOSE = 'ledger.recover.propose';
const REASON = 'recovered: it may have been sent before the database was promoted or restored';

export interface RecoveryOrder extends Ordered {
  readonly reason: string;
  /** Provider accounts that were used, besides those that the ledger knows: it may have forgotten one. */
  readonly accounts?: readonly string[];
}

/**
 * - `proposed`: written down; another person confirms it with the same order, within a day.
 * - `recovered`: done, and this database is trusted: claims go on, with what comes from now on.
 */
export type Recovery =
  | {
      readonly kind: 'proposed';
      readonly now: Incarnation;
      readonly accounts: readonly string[];
      readonly hours: number;
    }
  | {
      readonly kind: 'recovered';
      readonly now: Incarnation;
      readonly operators: readonly [string, string];
      /** Those for which equal payments are held. */
      readonly accounts: readonly string[];
      /** How many became unresolved. */
      readonly lines: number;
      readonly chunks: number;
    };

/**
 * Lets a database be used that was promoted or restored. It may have forgotten what was sent, so everything that could be
 * claimed counts as possibly sent: it becomes unresolved, keeps or takes its slots, and is never sent again by a machine.
 * The first person's order is a proposal; the same order of a second person does it, in one transaction. Throws Conflict
 * where the database is trusted or can't be written, where no account is known, and where the proposal is the same
 * person's.
 */
export async function recoverLedger(ledger: Ledger, order: RecoveryOrder): Promise<Recovery> {
  return inTransaction(ledger, async (client): Promise<Recovery> => {
    await client.query(
      `SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET LOCAL plan_cache_mode TO force_custom_plan`,
    );
    await client.query('SELECT pg_advisory_xact_lock($1)', [RECOVER_LOCK]);
    const trust = await readTrustWithin(client);
    if (trust.kind === 'in_recovery') throw new Conflict(trust.reason);
    if (trust.kind === 'trusted') {
      throw new Conflict(`nothing to recover: ${nameIncarnation(trust.now)} is trusted`);
    }
    const { now } = trust;
    const accounts = await enterAccounts(client, order.accounts ?? []);
    const proposal = await findProposal(client, now);
    if (!proposal) {
      await propose(client, order, now);
      return { kind: 'proposed', now, accounts, hours: PROPOSAL_HOURS_MAX };
    }
    checkSecondPerson(order, proposal.operator, 'has proposed this recovery');
    return { kind: 'recovered', now, accounts, ...(await carryOut(client, order, now, proposal)) };
  });
}

/** Without an account no slot could be taken, and an equal payment would not be held. */
async function enterAccounts(client: PoolClient, accounts: readonly string[]): Promise<string[]> {
  for (const account of accounts) await enterControl(client, `account:${account}`);
  const known = await run<{ account: string }>(client, FIND_ACCOUNTS, []);
  if (known.length > 0) return known.map(({ account }) => account);
  throw new Conflict('no provider account is known here: name those that were used (--account)');
}

/** A recovery that waits for a second person. */
export interface RecoveryProposal {
  readonly operator: string;
  readonly reason: string | null;
  readonly at: Date;
}

/** The proposal that an order of another person would confirm now. */
export async function readProposal(
  ledger: Ledger,
  now: Incarnation,
): Promise<RecoveryProposal | undefined> {
  return findProposal(ledger.pool, now);
}

async function findProposal(
  on: Queryable,
  now: Incarnation,
): Promise<RecoveryProposal | undefined> {
  const [proposal] = await run<RecoveryProposal>(on, FIND_PROPOSAL, [
    PROPOSE,
    now.systemIdentifier,
    String(now.timeline),
    PROPOSAL_HOURS_MAX,
  ]);
  return proposal;
}

async function propose(client: PoolClient, order: RecoveryOrder, now: Incarnation): Promise<void> {
  await recordAction(client, { ...order, verb: PROPOSE, subject: 'ledger', detail: { ...now } });
}

async function carryOut(
  client: PoolClient,
  order: RecoveryOrder,
  now: Incarnation,
  proposal: RecoveryProposal,
): Promise<{ operators: [string, string]; lines: number; chunks: number }> {
  // Before any line, as claims and rescues do. Whoever has a chunk in hand is waited for, and finds it done.
  await client.query('LOCK TABLE chunks IN EXCLUSIVE MODE');
  // In the order in which recordings lock them.
  await run(client, HOLD_SENDING, [RECOVERED_BATCHES]);
  const claimable = await countWithin(client);
  const [moved] = await run<{ lines: number }>(client, MAKE_UNRESOLVED, [
    RECOVERED_BATCHES,
    RECOVERED_LINES,
    REASON,
  ]);
  await run(client, DROP_REPLAYS, []);
  const chunks = await run(client, CLOSE_CHUNKS, [RECOVERED_BATCHES]);
  const operators: [string, string] = [proposal.operator, order.operator];
  const reasons = [proposal.reason, order.reason].filter(Boolean).join(' | ');
  await run(client, TRUST, [now.systemIdentifier, now.timeline, operators, reasons]);
  const done = { lines: moved?.lines ?? 0, chunks: chunks.length };
  await recordAction(client, {
    ...order,
    verb: 'ledger.recover',
    subject: 'ledger',
    detail: {
      ...now,
      ...done,
      operators,
      claimable: claimable.map((sum) => ({ ...sum, amount: formatMoney(sum.amount) })),
    },
  });
  return { operators, ...done };
}

const FIND_ACCOUNTS = {
  name: 'find-accounts',
  text: `SELECT substr(scope, length('account:') + 1) AS account FROM controls
    WHERE starts_with(scope, 'account:') ORDER BY 1`,
};

const FIND_PROPOSAL = {
  name: 'find-recovery-proposal',
  text: `SELECT operator, reason, at FROM operator_actions
    WHERE verb = $1 AND detail->>'systemIdentifier' = $2 AND detail->>'timeline' = $3
      AND at > now() - make_interval(hours => $4)
    ORDER BY id DESC LIMIT 1`,
};

const HOLD_SENDING = {
  name: 'hold-sending-lines',
  text: `SELECT 1 FROM lines l JOIN batches b ON b.batch_no = l.batch_no
    WHERE l.state = 'sending' AND b.state = ANY($1) ORDER BY l.batch_no, l.seq FOR UPDATE OF l`,
};

/** Slots for every account that was ever used: nobody knows through which one it was sent. */
const MAKE_UNRESOLVED = {
  name: 'make-claimable-unresolved',
  text: `WITH moved AS (
      UPDATE lines l SET state = 'unresolved', reason = $3, not_before = NULL, replay_by = NULL,
        updated_at = clock_timestamp()
      FROM batches b WHERE b.batch_no = l.batch_no AND b.state = ANY($1) AND l.state = ANY($2)
      RETURNING l.batch_no, l.seq, l.currency, l.amount
    ), taken AS (
      INSERT INTO slots (account, msisdn, currency, amount, batch_no, seq)
      SELECT substr(c.scope, length('account:') + 1), r.msisdn, m.currency, m.amount, m.batch_no, m.seq
      FROM moved m JOIN recipients r ON r.batch_no = m.batch_no AND r.seq = m.seq
      CROSS JOIN controls c WHERE starts_with(c.scope, 'account:')
      ORDER BY m.batch_no, m.seq
      ON CONFLICT DO NOTHING
    )
    SELECT count(*)::int AS lines FROM moved`,
};

/** A replay that was planned may have been sent as well. */
const DROP_REPLAYS = {
  name: 'drop-replays',
  text: `UPDATE lines SET replay_by = NULL, not_before = NULL
    WHERE state = 'unresolved' AND replay_by IS NOT NULL`,
};

/** Nothing of them is left to claim; the epoch fences who still holds one. */
const CLOSE_CHUNKS = {
  name: 'close-chunks',
  text: `UPDATE chunks c SET state = 'done', epoch = c.epoch + 1, lease_token = NULL, lease_until = NULL, rescue_at = NULL,
      dispatched_at = NULL, not_before = NULL, look_at = clock_timestamp()
    FROM batches b WHERE b.batch_no = c.batch_no AND b.state = ANY($1) AND c.state = 'open'
    RETURNING c.chunk`,
};

const TRUST = {
  name: 'trust-database',
  text: 'INSERT INTO trusts (system_identifier, timeline, operators, reason) VALUES ($1, $2, $3, $4)',
};
