/** What a source can be told of its batches, by the type that stands in the message. */
export const WEBHOOK_EVENTS = {
  'batch.checked': 'all of it has arrived and was verified; it waits for release',
  'batch.released': 'its lines may be sent',
  'batch.paused': 'nothing more of it is sent for now',
  'batch.progress': 'its lines have moved on; told now and then',
  'batch.completed': 'nothing of it waits to be sent; lines may still be sent or unresolved',
  'batch.settled': 'each of its lines has its last state',
  'batch.lines': 'a page of its lines with their last states, with phones; after settled',
  'batch.refused': 'it is not what was declared, or rejections were not wanted',
  'batch.abandoned': 'it did not arrive as a whole in time',
  'batch.cancelled': 'it was taken back; lines that were not sent are cancelled',
} as const satisfies Readonly<Record<string, string>>;

export type WebhookEventType = keyof typeof WEBHOOK_EVENTS;
export const WEBHOOK_EVENT_TYPES: readonly WebhookEventType[] = Object.freeze(
  // safe because they are the keys of the constant above
  Object.keys(WEBHOOK_EVENTS) as WebhookEventType[],
);

/** How long an endpoint is tried, and how often. Each is a setting. */
export interface WebhookRetryTerms {
  /** First wait after a try that was not taken, ms; each further one is twice the last. */
  readonly firstMs: number;
  /** Longest wait, ms. */
  readonly longestMs: number;
  /** An event that was not taken for so long is given up, ms. */
  readonly giveUpAfterMs: number;
}

/** Waits differ by up to so much, so that many events of one outage do not come back together. */
const JITTER = 0.2;

/** How long to wait after the `tries`-th try (from 1) that was not taken, ms. `chance` is 0 up to 1. */
export function webhookAgainMs(
  tries: number,
  { firstMs, longestMs }: Pick<WebhookRetryTerms, 'firstMs' | 'longestMs'>,
  chance: number,
): number {
  const wait = Math.min(firstMs * 2 ** Math.min(tries - 1, 30), longestMs);
  return Math.round(wait * (1 - JITTER + 2 * JITTER * chance));
}
