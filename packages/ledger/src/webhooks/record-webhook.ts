import type { WebhookRetryTerms } from '@salio/domain';
import { inTransaction, type Ledger } from '../connection.ts';
import { recordAction } from '../operator.ts';
import { run, type Queryable } from '../sql.ts';
import type { WebhookToPost } from './take-webhooks.ts';

/** How a try to tell an endpoint an event ended. */
export interface WebhookTry {
  readonly taken: boolean;
  /** Undefined where none came. */
  readonly status: number | undefined;
  /** Why none came: a code, never a text of others. */
  readonly error: string | undefined;
  readonly tookMs: number;
}

/** Of an error, characters: a code has fewer. */
const ERROR_MAX = 200;

/** Writes down that an endpoint took an event; `nextAfter`: where the page of lines goes on that comes after this one. */
export async function recordTaken(
  ledger: Ledger,
  event: WebhookToPost,
  { outcome, nextAfter }: { readonly outcome: WebhookTry; readonly nextAfter: number | undefined },
): Promise<void> {
  await inTransaction(
    ledger,
    async (client) => {
      await insertTry(client, event, outcome);
      await run(client, TAKEN, [event.no]);
      if (nextAfter !== undefined) await run(client, CONTINUE, [event.no, nextAfter]);
      await run(client, WELL, [event.endpointId]);
    },
    'byKey',
  );
}

/**
 * Writes down that it did not: the event is due again after `againMs`, unless it waits for too long already: then it is given up.
 * Says whether it is.
 */
export async function recordNotTaken(
  ledger: Ledger,
  event: WebhookToPost,
  terms: Pick<WebhookRetryTerms, 'giveUpAfterMs'> & {
    readonly outcome: WebhookTry;
    readonly againMs: number;
  },
): Promise<{ readonly givenUp: boolean }> {
  const { outcome, againMs, giveUpAfterMs } = terms;
  return inTransaction(
    ledger,
    async (client) => {
      await insertTry(client, event, outcome);
      const [left] = await run<{ state: string }>(client, AGAIN, [
        event.no,
        event.tries,
        againMs / 1000,
        giveUpAfterMs / 1000,
      ]);
      await run(client, FAILING, [event.endpointId, describe(outcome)]);
      return { givenUp: left?.state === 'failed' };
    },
    'byKey',
  );
}

/** The same for an endpoint that says that it is gone (410): it is switched off, and the event waits until somebody switches it on. */
export async function recordGone(
  ledger: Ledger,
  event: WebhookToPost,
  outcome: WebhookTry,
): Promise<void> {
  await inTransaction(
    ledger,
    async (client) => {
      await insertTry(client, event, outcome);
      await run(client, FREE, [event.no, event.tries]);
      const switched = await run(client, SWITCH_OFF, [event.endpointId, describe(outcome)]);
      if (switched.length === 0) return;
      await recordAction(client, {
        operator: 'salio',
        access: { via: 'rule' },
        verb: 'webhook.off',
        subject: event.endpointId,
        reason: 'it answered 410',
      });
    },
    'byKey',
  );
}

async function insertTry(on: Queryable, event: WebhookToPost, outcome: WebhookTry): Promise<void> {
  const { endpointId, id, batchId, type, tries } = event;
  await run(on, INSERT_TRY, [
    endpointId,
    id,
    batchId,
    type,
    tries,
    outcome.taken,
    outcome.status ?? null,
    outcome.error?.slice(0, ERROR_MAX) ?? null,
    Math.max(0, Math.round(outcome.tookMs)),
  ]);
}

const describe = ({ status, error }: WebhookTry) =>
  status === undefined ? (error ?? 'unknown').slice(0, ERROR_MAX) : `status ${status}`;

const INSERT_TRY = {
  name: 'insert-webhook-try',
  text: `INSERT INTO webhook_tries (at, endpoint_id, event_id, batch_id, type, try_no, taken, status, error, took_ms)
    VALUES (clock_timestamp(), $1, $2, $3, $4, $5, $6, $7, $8, $9)`,
};

/** Whoever says so, and however late: it was taken. */
const TAKEN = {
  name: 'record-webhook-taken',
  text: `UPDATE webhook_events SET state = 'delivered', ended_at = clock_timestamp(), leased_until = NULL
    WHERE no = $1 AND state = 'waiting'`,
};

/** The page after this one, once. */
const CONTINUE = {
  name: 'continue-webhook-lines',
  text: `WITH page AS (
      UPDATE webhook_events SET continued = true WHERE no = $1 AND NOT continued
      RETURNING endpoint_id, batch_id, type, at, data, page, changed_since
    )
    INSERT INTO webhook_events (endpoint_id, batch_id, type, at, data, page, after_seq, changed_since)
    SELECT endpoint_id, batch_id, type, at, data, page + 1, $2::int, changed_since FROM page`,
};

const WELL = {
  name: 'record-webhook-well',
  text: 'UPDATE webhook_endpoints SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL',
};

/** Unless somebody took it again meanwhile, or it was taken after all. */
const AGAIN = {
  name: 'try-webhook-again',
  text: `UPDATE webhook_events SET leased_until = NULL, try_at = clock_timestamp() + make_interval(secs => $3),
      state = CASE WHEN waits_since < clock_timestamp() - make_interval(secs => $4) THEN 'failed' ELSE 'waiting' END,
      ended_at = CASE WHEN waits_since < clock_timestamp() - make_interval(secs => $4) THEN clock_timestamp() END
    WHERE no = $1 AND tries = $2 AND state = 'waiting' RETURNING state`,
};

const FAILING = {
  name: 'record-webhook-failing',
  text: `UPDATE webhook_endpoints SET failing_since = coalesce(failing_since, clock_timestamp()), last_error = $2
    WHERE id = $1 AND (failing_since IS NULL OR last_error IS DISTINCT FROM $2)`,
};

const FREE = {
  name: 'free-webhook',
  text: `UPDATE webhook_events SET leased_until = NULL, try_at = clock_timestamp() WHERE no = $1 AND tries = $2 AND state = 'waiting'`,
};

const SWITCH_OFF = {
  name: 'switch-off-webhook-endpoint',
  text: `UPDATE webhook_endpoints SET enabled = false, off_reason = 'gone', last_error = $2, version = version + 1
    WHERE id = $1 AND enabled RETURNING id`,
};
