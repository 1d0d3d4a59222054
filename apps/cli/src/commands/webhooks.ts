import { WEBHOOK_EVENT_TYPES, type WebhookEventType } from '@salio/domain';
import { KEY_OVERLAP_MAX_MS } from '@salio/ledger';
import { operations } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { limitOf } from '../list-options.ts';
import { parseMoment } from '../moment.ts';
import { printJson, printLine } from '../output.ts';
import { pagesOf, printPages } from '../pages.ts';
import { UsageError } from '../usage-error.ts';

const HOUR_MS = 3_600_000;
/** More than a list is for. */
const ROWS_MAX = 1_000_000;

/** Has a source told of its batches, and prints the secret for the receiver, once. */
export async function addWebhook(
  source: string,
  url: string,
  { events, json }: Output & { readonly events: string },
): Promise<void> {
  const body = { source, url, events: parseEvents(events) };
  await using desk = openDesk();
  const issued = await desk.ask(operations.addWebhook, { body });
  if (json) return printJson(issued);
  printLine(`webhook ${issued.webhook}`);
  printLine(issued.secret);
}

/** All of them, or those of one source. */
export async function showWebhooks({
  source,
  json,
}: Output & { readonly source?: string }): Promise<void> {
  await using desk = openDesk();
  const pages = pagesOf(ROWS_MAX, async (limit, after: string | undefined) => {
    const query = {
      limit,
      ...(source !== undefined && { source }),
      ...(after !== undefined && { after }),
    };
    const { webhooks, next } = await desk.ask(operations.listWebhooks, { query });
    return { items: webhooks, next };
  });
  const head = ['id', 'source', 'url', 'events', 'version', 'state'];
  await printPages(pages, { json }, head, (webhook) => [
    webhook.id,
    webhook.source,
    webhook.url,
    webhook.events.join(','),
    String(webhook.version),
    stateOf(webhook),
  ]);
}

export interface ChangeOptions extends Output {
  readonly url?: string;
  readonly events?: string;
  readonly enabled?: boolean;
  readonly reason: string;
  readonly version?: string;
}

/** Gives a webhook another URL or other events, or switches it off or on. */
export async function changeWebhook(webhook: string, options: ChangeOptions): Promise<void> {
  const { url, events, enabled, reason, version, json } = options;
  if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version))
    throw new UsageError('--version is a whole number');
  const body = {
    reason,
    ...(url !== undefined && { url }),
    ...(events !== undefined && { events: parseEvents(events) }),
    ...(enabled !== undefined && { enabled }),
    ...(version !== undefined && { version: Number(version) }),
  };
  await using desk = openDesk();
  const changed = await desk.ask(operations.changeWebhook, { params: { webhook }, body });
  if (json) printJson(changed);
  else printLine(`${changed.url}: ${changed.events.join(', ')}; ${stateOf(changed)}`);
}

/** Gives a webhook another secret and prints it, once. */
export async function rotateWebhook(
  webhook: string,
  { overlapHours: text, reason, json }: Output & { readonly overlapHours: string; reason?: string },
): Promise<void> {
  const overlapHours = Number(text);
  const hoursMax = KEY_OVERLAP_MAX_MS / HOUR_MS;
  if (text.trim() === '' || !(overlapHours >= 0 && overlapHours <= hoursMax)) {
    throw new UsageError(`--overlap-hours is 0 to ${hoursMax}`);
  }
  await using desk = openDesk();
  const issued = await desk.ask(operations.rotateWebhook, {
    params: { webhook },
    body: { overlapHours, ...(reason !== undefined && { reason }) },
  });
  if (json) printJson(issued);
  else printLine(issued.secret);
}

/** Tells a webhook nothing any more. */
export async function removeWebhook(
  webhook: string,
  { reason, json }: Output & { readonly reason: string },
): Promise<void> {
  await using desk = openDesk();
  const done = await desk.ask(operations.removeWebhook, { params: { webhook }, body: { reason } });
  if (json) printJson(done);
  else printLine(`Webhook ${webhook} is told nothing any more.`);
}

/** What a webhook was told, and how that ended, the newest first. */
export async function showDeliveries(
  webhook: string,
  options: Output & { readonly notTaken?: true; readonly limit: string },
): Promise<void> {
  const limit = limitOf(options.limit, ROWS_MAX);
  await using desk = openDesk();
  const pages = pagesOf(limit, async (rows, before: string | undefined) => {
    const query = {
      limit: rows,
      ...(options.notTaken && { notTaken: true }),
      ...(before !== undefined && { before }),
    };
    const asked = { params: { webhook }, query };
    const { deliveries, next } = await desk.ask(operations.listDeliveries, asked);
    return { items: deliveries, next };
  });
  const head = ['at', 'event', 'type', 'batch', 'try', 'answer', 'ms', 'now'];
  await printPages(pages, options, head, (delivery) => [
    delivery.at.toISOString(),
    delivery.event,
    delivery.type,
    delivery.batchId,
    String(delivery.tryNo),
    String(delivery.status ?? delivery.error),
    String(delivery.tookMs),
    [delivery.state ?? 'forgotten', delivery.nextAt?.toISOString() ?? ''].join(' ').trim(),
  ]);
}

export interface RedeliverOptions extends Output {
  readonly event?: string;
  readonly failedSince?: string;
  readonly reason?: string;
}

/** Has one event told again, or all that were given up since a moment. */
export async function redeliverWebhook(webhook: string, options: RedeliverOptions): Promise<void> {
  const { event, failedSince, reason, json } = options;
  if ((event === undefined) === (failedSince === undefined))
    throw new UsageError('name either --event or --failed-since');
  const body = {
    ...(event !== undefined && { event }),
    ...(failedSince !== undefined && { failedSince: parseMoment(failedSince, '--failed-since') }),
    ...(reason !== undefined && { reason }),
  };
  await using desk = openDesk();
  const done = await desk.ask(operations.redeliverWebhook, { params: { webhook }, body });
  if (json) printJson(done);
  else printLine(`${done.events} ${done.events === 1 ? 'event is' : 'events are'} told again.`);
}

function stateOf(webhook: {
  readonly enabled: boolean;
  readonly offReason: string | null;
  readonly failingSince: Date | null;
  readonly lastError: string | null;
}): string {
  const { enabled, offReason, failingSince, lastError } = webhook;
  if (!enabled) return `off: ${offReason ?? ''}`;
  if (failingSince) return `failing since ${failingSince.toISOString()}: ${lastError ?? ''}`;
  return 'on';
}

/** Reads `all`, or `batch.checked,batch.settled`; also without `batch.`. Throws UsageError that lists those that are known. */
function parseEvents(text: string): WebhookEventType[] {
  if (text === 'all') return [...WEBHOOK_EVENT_TYPES];
  return text.split(',').map((piece) => {
    const name = piece.trim();
    const known = WEBHOOK_EVENT_TYPES.find((type) => type === name || type === `batch.${name}`);
    if (known) return known;
    const names = WEBHOOK_EVENT_TYPES.map((type) => type.replace('batch.', '')).join(', ');
    throw new UsageError(`--events are all, or of ${names}: "${name}" is none of them`);
  });
}
