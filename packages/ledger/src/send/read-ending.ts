import type { SendEnding } from '@salio/domain';

/** Of a send's row beside its ending for one line; all null where it has none. */
export interface EndingColumns {
  readonly kind: string | null;
  readonly scope: string | null;
  readonly request_id: string | null;
}

/** How a send ended for a line, as the fold knows it; without an ending it is unanswered. */
export function readEnding({ kind, scope, request_id: requestId }: EndingColumns): SendEnding {
  if (kind === 'accepted' && requestId !== null) return { kind, requestId };
  if (kind === 'refused') return { kind, scope: scope === 'line' ? 'line' : 'account' };
  if (kind === 'not_sent' || kind === 'duplicate' || kind === 'unknown') return { kind };
  return { kind: 'unanswered' };
}
