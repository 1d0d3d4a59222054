import type { BatchId, BatchState } from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict, NotFound } from '../conflict.ts';
import { recordAction, type Ordered } from '../operator.ts';
import { batchSources, batchState, run } from '../sql.ts';

/** Who does something to a batch, and why. */
export interface BatchOrder extends Ordered {
  readonly batchId: BatchId;
  readonly reason?: string;
  /** The version that the operator looked at; another one is a Conflict. */
  readonly version?: number;
}

export interface MovedBatch {
  readonly batchNo: number;
  /** The state that it had. */
  readonly before: string;
  readonly clientReference: string;
  readonly version: number;
  readonly contentHash: string;
  readonly rows: number;
  readonly lines: number;
  readonly rejected: number;
}

/**
 * Moves a batch to `to` from whatever state the transition table allows (narrowed by `from`), and writes down who did it.
 * Waits for claims in progress, which hold the row FOR SHARE. Throws NotFound, or Conflict that names the present state.
 */
export async function moveBatch(
  client: PoolClient,
  order: BatchOrder,
  move: {
    readonly to: BatchState;
    readonly verb: string;
    readonly from?: readonly BatchState[];
    readonly detail?: Record<string, unknown>;
  },
): Promise<MovedBatch> {
  const sources = batchSources(move.to).filter((state) => move.from?.includes(state) ?? true);
  const [moved] = await run<MovedBatch>(client, MOVE, [
    order.batchId,
    move.to,
    order.reason ?? null,
    sources,
    order.version ?? null,
  ]);
  if (!moved) throw await whyNot(client, order.batchId, move.verb, order.version);
  await recordAction(client, {
    ...order,
    verb: move.verb,
    subject: moved.clientReference,
    detail: {
      ...move.detail,
      version: moved.version,
      before: { state: moved.before, version: moved.version - 1 },
      after: { state: move.to, version: moved.version },
    },
  });
  return moved;
}

async function whyNot(
  client: PoolClient,
  batchId: BatchId,
  verb: string,
  version: number | undefined,
): Promise<Error> {
  const [row] = await run<Looked>(client, LOOK, [batchId]);
  if (!row) return new NotFound(`there is no batch ${batchId}`);
  const state = batchState(row.state);
  if (version !== undefined && version !== row.version) {
    return new Conflict(
      `batch ${batchId} has changed: version ${row.version}, not ${version}`,
      'version',
    );
  }
  if (row.expired && state !== 'cancelled') return new Conflict(`batch ${batchId} has expired`);
  return new Conflict(`batch ${batchId} is ${state}: ${verb} is not possible`);
}

interface Looked {
  state: string;
  version: number;
  expired: boolean;
}

const MOVE = {
  name: 'move-batch',
  text: `UPDATE batches SET state = $2, state_reason = $3, paused_for = NULL, state_at = now(), version = version + 1,
      released_at = CASE WHEN $2 = 'released' THEN coalesce(released_at, now()) ELSE released_at END
    FROM (SELECT id AS held, state AS before FROM batches WHERE id = $1 FOR UPDATE) AS h
    WHERE id = h.held AND state = ANY($4) AND ($5::int IS NULL OR version = $5)
      AND ($2 <> 'released' OR expires_at IS NULL OR expires_at > clock_timestamp())
    RETURNING h.before, batch_no AS "batchNo", client_reference AS "clientReference", version, content_hash AS "contentHash",
      rows, lines, rejected`,
};

const LOOK = {
  name: 'look-at-batch',
  text: `SELECT state, version, coalesce(expires_at <= clock_timestamp(), false) AS expired FROM batches WHERE id = $1`,
};
