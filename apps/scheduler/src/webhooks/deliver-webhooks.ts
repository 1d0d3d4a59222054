import {
  refuseWebhookUrl,
  webhookAgainMs,
  type WebhookRetryTerms,
  type WebhookTargets,
} from '@salio/domain';
import {
  readLinePage,
  recordGone,
  recordNotTaken,
  recordTaken,
  takeWebhooks,
  type Ledger,
  type WebhookToPost,
} from '@salio/ledger';
import type { Log } from '@salio/runtime';
import type { Dispatcher } from 'undici';
import { post, type Posted } from '../post.ts';
import { pause } from '../repair.ts';
import { signedHeaders, webhookBody } from './message.ts';

export interface DeliverDeps {
  readonly ledger: Ledger;
  /** Connects to nothing that webhooks may not go to. */
  readonly agent: Dispatcher;
  /** All secrets follow from it. */
  readonly key: string;
  readonly targets: WebhookTargets;
  readonly retry: WebhookRetryTerms;
  /** Of one POST, ms: nobody else takes an event for so long and a little more. */
  readonly timeoutMs: number;
  /** Between two looks for what is due, while something is under way, ms. */
  readonly everyMs: number;
  readonly log: Log;
  readonly stopping: AbortSignal;
  /** Lines of a page. */
  readonly pageLines?: number;
}

/** Under way at once: a body of lines has some 200 kB. */
const AT_ONCE = 32;
/** Of one endpoint: one that is slow leaves room for others, and its order is kept by batch. */
const PER_ENDPOINT = 4;
/** Taken in one round at most, so that counts are told now and then. */
const TAKEN_MAX = 10_000;
/** For what is read and written down before and after a POST, ms. */
const RECORD_MS = 15_000;
/** Lines of a page: some 200 kB, read in milliseconds. */
const PAGE_LINES = 500;
/** Whoever answers so wants nothing any more. */
const GONE = 410;

type Counts = Record<'delivered' | 'failed' | 'givenUp', number>;

/** Tells endpoints what is due, many at once, until nothing is. What is under way when it is stopped is still posted and recorded. */
export async function deliverWebhooks(deps: DeliverDeps): Promise<Readonly<Counts>> {
  const { ledger, timeoutMs, everyMs, stopping } = deps;
  const counts: Counts = { delivered: 0, failed: 0, givenUp: 0 };
  const underWay = new Set<Promise<void>>();
  try {
    for (let taken = 0; taken < TAKEN_MAX && !stopping.aborted;) {
      // Looked at before it is taken: what ends meanwhile may have held up what is due now.
      const idle = underWay.size === 0;
      const limit = AT_ONCE - underWay.size;
      const terms = { limit, perEndpoint: PER_ENDPOINT, holdMs: timeoutMs + RECORD_MS };
      const events = limit > 0 ? await takeWebhooks(ledger, terms) : [];
      taken += events.length;
      for (const event of events) {
        const telling: Promise<void> = tell(deps, event, counts).finally(() =>
          underWay.delete(telling),
        );
        underWay.add(telling);
      }
      if (events.length > 0) continue;
      if (idle) break;
      await Promise.race([...underWay, pause(everyMs, stopping)]);
    }
  } finally {
    await Promise.all(underWay);
  }
  return counts;
}

/** Never rejects: what can't be recorded is told again when its lease is over. */
async function tell(deps: DeliverDeps, event: WebhookToPost, counts: Counts): Promise<void> {
  const { ledger, log } = deps;
  const { id, type, endpointId, tries } = event;
  try {
    const page =
      event.page === null
        ? undefined
        : await readLinePage(ledger, event, deps.pageLines ?? PAGE_LINES);
    const body = webhookBody(event, page);
    const startMs = performance.now();
    const posted = await postTo(deps, event, body);
    const outcome = {
      taken: posted.taken,
      status: posted.status,
      error: posted.taken || posted.status !== undefined ? undefined : posted.reason,
      tookMs: performance.now() - startMs,
    };
    if (posted.taken) {
      await recordTaken(ledger, event, { outcome, nextAfter: page?.nextAfter });
      counts.delivered += 1;
      return;
    }
    counts.failed += 1;
    const { reason, status } = posted;
    log.warn({ event: id, type, endpoint: endpointId, tries, reason }, 'webhook.not_taken');
    if (status === GONE) return await recordGone(ledger, event, outcome);
    const { givenUp } = await recordNotTaken(ledger, event, {
      outcome,
      againMs: webhookAgainMs(tries, deps.retry, Math.random()),
      giveUpAfterMs: deps.retry.giveUpAfterMs,
    });
    if (givenUp) counts.givenUp += 1;
  } catch (error) {
    counts.failed += 1;
    log.error({ err: error, event: id, endpoint: endpointId }, 'webhook.not_recorded');
  }
}

/** The settings may have become stricter since the URL was given. */
async function postTo(deps: DeliverDeps, event: WebhookToPost, body: string): Promise<Posted> {
  const { agent, key, targets, timeoutMs } = deps;
  const { url } = event;
  if (refuseWebhookUrl(url, targets) !== undefined)
    return { taken: false, status: undefined, reason: 'URL_REFUSED' };
  const headers = {
    'user-agent': 'Salio',
    ...signedHeaders(event, { key, body, nowMs: Date.now() }),
  };
  return post(agent, { url, headers, body, timeoutMs });
}
