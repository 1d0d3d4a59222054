import { formatMoney, parseMoney, type LineState } from '@salio/domain';
import { countStates, listLines, listRejections, readVerdict, type LineView } from '@salio/ledger';
import type { AskMessage, Outcome, Reply } from '@salio/queue';
import type { IntakeDeps } from '../deps.ts';
import { verdictReply } from './verdict-reply.ts';

/** Answers a question of a batch's source. The batch id follows from the source, so nobody is told of another's batch. */
export async function answerAsk(deps: IntakeDeps, message: AskMessage): Promise<Reply> {
  const { batchId, after, limit } = message;
  const verdict = await readVerdict(deps.ledger.pool, batchId, message.submission);
  if (!verdict) return unknownBatch(deps, message);
  switch (message.question) {
    case 'verdict':
      return verdictReply(verdict, message.submission, deps.clock.now());
    case 'progress': {
      const states = Object.fromEntries(await countStates(deps.ledger, batchId));
      return { kind: 'progress', batchId, state: verdict.state, states };
    }
    case 'outcomes': {
      const lines = await listLines(deps.ledger, { batchId, after, limit });
      const next = lines.length < limit ? undefined : lines.at(-1)?.seq;
      return { kind: 'outcomes', batchId, state: verdict.state, items: lines.map(outcomeOf), next };
    }
    case 'rejections': {
      const items = await listRejections(deps.ledger, { batchId, after, limit });
      const next = items.length < limit ? undefined : items.at(-1)?.row;
      return { kind: 'rejections', batchId, items, next };
    }
  }
}

function unknownBatch(deps: IntakeDeps, message: AskMessage): Reply {
  const { batchId, submission } = message;
  if (message.question !== 'verdict') {
    return {
      kind: 'refusal',
      batchId,
      submission: undefined,
      page: undefined,
      reason: 'batch_unknown',
      detail: 'the ledger has nothing of this batch',
    };
  }
  return {
    kind: 'verdict',
    batchId,
    submission,
    verdict: 'unknown',
    mismatches: [],
    missingPages: [],
    state: undefined,
    rows: 0,
    lines: 0,
    rejected: 0,
    sums: [],
    contentHash: '',
    at: new Date(deps.clock.now()).toISOString(),
  };
}

function outcomeOf(line: LineView): Outcome {
  const discount =
    line.discount === null ? undefined : parseMoney(`${line.currency} ${line.discount}`);
  return {
    seq: line.seq,
    reference: line.reference ?? '',
    state: line.state as LineState, // safe because the view gives the states of the lines' CHECK
    amount: `${line.currency} ${line.amount}`,
    discount: discount && formatMoney(discount),
    requestId: line.requestId ?? undefined,
    reason: line.errorText ?? line.reason ?? undefined,
  };
}
