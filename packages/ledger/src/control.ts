import { inTransaction, type Ledger } from './connection.ts';
import { resumeStopped } from './batch/pause-stopped.ts';
import { recordAction, type Ordered } from './operator.ts';
import { run, type Queryable } from './sql.ts';

/** What can be stopped: everything, or one provider account. */
export type ControlScope = 'system' | `account:${string}`;

export interface Control {
  readonly scope: string;
  readonly stopped: boolean;
  readonly reason: string | null;
}

export interface StopOrder extends Ordered {
  readonly scope: ControlScope;
  readonly reason: string;
}

/** Stops new claims in a scope, at once: claims in progress are waited for. Returns false where it was stopped already. */
export async function stopClaims(ledger: Ledger, order: StopOrder): Promise<boolean> {
  return inTransaction(ledger, (client) => stopWithin(client, order));
}

/** The same inside a transaction of the caller's. */
export async function stopWithin(on: Queryable, order: StopOrder): Promise<boolean> {
  await run(on, ENTER, [order.scope]);
  const rows = await run(on, STOP, [order.scope, order.reason.slice(0, 1000), order.operator]);
  if (rows.length === 0) return false;
  await recordAction(on, { ...order, verb: 'system.stop', subject: order.scope });
  return true;
}

/**
 * Lets claims go on, in one scope or in all that are stopped, and resumes the batches that were paused for it. Returns the
 * scopes that were started.
 */
export async function startClaims(
  ledger: Ledger,
  order: Ordered & { readonly scope?: ControlScope; readonly reason?: string },
): Promise<string[]> {
  return inTransaction(ledger, async (client) => {
    const rows = await run<{ scope: string }>(client, START, [order.scope ?? null, order.operator]);
    await resumeStopped(
      client,
      rows.map((row) => row.scope),
    );
    for (const { scope } of rows) {
      await recordAction(client, {
        ...order,
        verb: 'system.start',
        subject: scope,
      });
    }
    return rows.map((row) => row.scope);
  });
}

/** Makes sure that an account has its row, so that claims can hold it. */
export async function enterControl(on: Queryable, scope: ControlScope): Promise<void> {
  await run(on, ENTER, [scope]);
}

/** Everything that can be stopped, and whether it is. */
export async function readControls(ledger: Ledger): Promise<Control[]> {
  return run<Control>(ledger.pool, READ, []);
}

const ENTER = {
  name: 'enter-control',
  text: 'INSERT INTO controls (scope) VALUES ($1) ON CONFLICT DO NOTHING',
};

const STOP = {
  name: 'stop-control',
  text: `UPDATE controls SET stopped = true, reason = $2, operator = $3, since = now()
    WHERE scope = $1 AND NOT stopped RETURNING scope`,
};

const START = {
  name: 'start-control',
  text: `UPDATE controls SET stopped = false, reason = NULL, operator = $2, since = now()
    WHERE stopped AND ($1::text IS NULL OR scope = $1) RETURNING scope`,
};

const READ = {
  name: 'read-controls',
  text: 'SELECT scope, stopped, reason FROM controls ORDER BY scope',
};
