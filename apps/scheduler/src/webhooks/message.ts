import { webhookHeaders, webhookSecret } from '@salio/domain';
import type { LinePage, WebhookToPost } from '@salio/ledger';

/** The body of an event, as every try of it has it; of a page of lines, as they are now. */
export function webhookBody(event: WebhookToPost, page: LinePage | undefined): string {
  const { type, at, data } = event;
  return JSON.stringify({
    type,
    timestamp: at.toISOString(),
    data: page ? pageData(event, page) : data,
  });
}

/** What says of which batch it is, and which page. */
function pageData({ data, page: number }: WebhookToPost, page: LinePage): object {
  const { batchId, clientReference, source, version } = data;
  return {
    batchId,
    clientReference,
    source,
    version,
    page: number,
    last: page.nextAfter === undefined,
    lines: page.lines,
  };
}

/** Signed with the endpoint's secret, and for a while with the one before. */
export function signedHeaders(
  { id, endpointId, secretVersion, withPrevious }: WebhookToPost,
  { key, body, nowMs }: { readonly key: string; readonly body: string; readonly nowMs: number },
): Readonly<Record<string, string>> {
  const versions = withPrevious ? [secretVersion, secretVersion - 1] : [secretVersion];
  const secrets = versions.map((version) => webhookSecret(key, endpointId, version));
  return webhookHeaders(secrets, { id, timestamp: Math.floor(nowMs / 1_000), body });
}
